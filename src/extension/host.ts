import * as vscode from 'vscode';
import type { OpsError } from '../core/errors.ts';
import { createRedactor } from '../core/evidence/redact.ts';
import type { Context, LogLevel, OpsEvent, Report } from '../core/events.ts';
import type { Workspace } from '../runtime/workspace.ts';
import type { SupabaseSession } from './supabase-session.ts';

/** What a person likely does after an act: a button of its notice. */
export interface NextStep {
  title: string;
  run: () => unknown;
}

/** The parts of VS Code that every feature shares: one log channel, one way to open the repository, one way to say what failed. */
export interface Host {
  log: vscode.LogOutputChannel;
  /** Writes an event into the log channel, without secrets. */
  logEvent: Report;
  /** The folder that we work on; undefined without one. */
  folder: () => vscode.WorkspaceFolder | undefined;
  /** Opens the repository for one act. The library is loaded at the first call: activation must cost nothing. */
  open: (context: Context) => Promise<Workspace>;
  /** Runs an act under a progress notice with named steps and a cancel button. @param heard gets its events too */
  withProgress: <T>(title: string, act: (workspace: Workspace) => Promise<T>, heard?: Report) => Promise<T>;
  /** One notice at the end of an act, with a way to its evidence, and to what is likely next. Not awaited: it stays until it is read. */
  notify: (message: string, passed: boolean, evidence: string, next?: NextStep) => void;
  /** Shows one notice for an error, with its hint and a way to the evidence or the log. A cancel is no error. */
  showError: (error: unknown) => Promise<void>;
}

const LOG: Record<LogLevel, 'debug' | 'info' | 'warn' | 'error'> = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' };

/** Writes an event into the log channel. */
function writeEvent(log: vscode.LogOutputChannel, event: OpsEvent): void {
  switch (event.type) {
    case 'text':
      log[LOG[event.level]](event.text);
      return;
    case 'start':
      log.info(`… ${event.title}`);
      return;
    case 'stop':
      log[event.result === 'passed' ? 'info' : 'warn'](
        `${event.step}: ${event.result}${event.message === undefined ? '' : `: ${event.message}`} (${event.ms} ms)`,
      );
      return;
    case 'progress':
  }
}

/** With several folders it is the first one on disk: a rule that a person can see, where looking for the right one would be a guess. */
function workspaceFolder(): vscode.WorkspaceFolder | undefined {
  return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
}

/** Settings and the editor's own environment, as the library reads them. */
function environment(): Record<string, string | undefined> {
  const settings = vscode.workspace.getConfiguration('odooOps');
  const set = (name: string, key: string) => {
    const value = settings.get<string>(key)?.trim() ?? '';
    return value === '' ? {} : { [name]: value };
  };
  return { ...process.env, ...set('ODOO_HOME', 'odooHome'), ...set('ODOO_PYTHON', 'python') };
}

/** What the host must know of the people who are signed in. */
type People = Pick<SupabaseSession, 'accessToken' | 'follow'>;

export function createHost(log: vscode.LogOutputChannel, people: People): Host {
  const redact = createRedactor(process.env);
  const logEvent: Report = (event) => writeEvent(log, event.type === 'text' ? { ...event, text: redact(event.text) } : event);
  const open = async (context: Context): Promise<Workspace> => {
    const [{ openWorkspace }, { OpsError: KnownError }] = await Promise.all([
      import('../runtime/workspace.ts'),
      import('../core/errors.ts'),
    ]);
    if (!vscode.workspace.isTrusted)
      throw new KnownError('refused', 'This workspace is not trusted.', { hint: 'Trust it to let Odoo Ops run git and Odoo in it.' });
    const folder = workspaceFolder();
    if (!folder) throw new KnownError('usage', 'No folder is open.', { hint: 'Open the folder of your Odoo repository.' });
    const workspace = await openWorkspace(folder.uri.fsPath, context, environment(), people.accessToken);
    await people.follow(workspace);
    return workspace;
  };
  return {
    log,
    logEvent,
    folder: workspaceFolder,
    open,
    withProgress: (title, act, heard) =>
      Promise.resolve(
        vscode.window.withProgress(
          { location: vscode.ProgressLocation.Notification, title, cancellable: true },
          async (progress, token) => {
            const controller = new AbortController();
            token.onCancellationRequested(() => controller.abort());
            const report = (event: OpsEvent) => {
              logEvent(event);
              heard?.(event);
              if (event.type === 'start') progress.report({ message: event.title });
              if (event.type === 'progress') progress.report({ message: `${Math.floor((100 * event.done) / Math.max(event.total, 1))} %` });
            };
            return act(await open({ signal: controller.signal, report }));
          },
        ),
      ),
    notify: (message, passed, evidence, next) => {
      const show = passed ? vscode.window.showInformationMessage : vscode.window.showErrorMessage;
      void show(redact(message), ...(next ? [next.title] : []), 'Show Evidence').then((choice) => {
        if (choice === next?.title) next?.run();
        else if (choice !== undefined) void vscode.commands.executeCommand('odooOps.showEvidence', evidence);
      });
    },
    showError: async (error) => {
      const { toOpsError } = await import('../core/errors.ts');
      const known: OpsError = toOpsError(error);
      log.error(redact(known.stack ?? known.message));
      if (known.code === 'cancelled') return;
      const evidence = typeof known.details['evidence'] === 'string' ? known.details['evidence'] : undefined;
      const actions = evidence === undefined ? ['Show Log'] : ['Show Evidence', 'Show Log'];
      const choice = await vscode.window.showErrorMessage(redact(`${known.message} ${known.hint ?? ''}`.trim()), ...actions);
      if (choice === 'Show Log') log.show();
      if (choice === 'Show Evidence') await vscode.commands.executeCommand('odooOps.showEvidence', evidence);
    },
  };
}
