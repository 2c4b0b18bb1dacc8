import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { gitHubToken } from '../github.ts';
import type { Host } from '../host.ts';
import { chooseNumber, type Target } from './choose.ts';
import type { PullRequestsModel } from './model.ts';
import { exists, stateOf } from './state.ts';
import { noteLine, terminalLine } from './terminal-line.ts';

const TAIL = 500;
/** What Odoo Ops itself says of an act. */
const OWN = 'act.log';
/** When a line of another log came: most say it themselves. */
const WHEN = /^\d{4}-\d\d-\d\dT\S+ /;
/** Milliseconds until a build that was just begun is looked for again. */
const LOOK_MS = 500;

/** The record of the build that runs, as soon as there is one; null where none runs (any more) in this clone. */
async function runningBuild(model: PullRequestsModel, number: number, signal: AbortSignal): Promise<string | null> {
  for (;;) {
    await model.refresh();
    signal.throwIfAborted();
    const row = model.find(number);
    if (!row || stateOf(row) !== 'building') return null;
    if (row.environment?.state === 'building' && row.environment.evidence !== null) return row.environment.evidence;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** Follows a build that runs, then Odoo itself, until the terminal is closed; Enter begins again after the environment has stopped. */
function createLogTerminal(host: Host, model: PullRequestsModel, number: number): vscode.Pseudoterminal & vscode.Disposable {
  const written = new vscode.EventEmitter<string>();
  let following: AbortController | undefined;
  const note = (text: string) => written.fire(noteLine(text));

  const follow = async (): Promise<void> => {
    const controller = (following = new AbortController());
    const { signal } = controller;
    try {
      const workspace = await host.open({ signal, report: host.logEvent });
      let last: string | null = null;
      for (;;) {
        const build = await runningBuild(model, number, signal);
        if (build === null || build === last) break;
        const { followActLogs } = await import('../../runtime/follow-logs.ts');
        note(`— ${build}`);
        await followActLogs(
          workspace,
          build,
          (log, line) => written.fire(terminalLine(log === OWN ? line : line.replace(WHEN, ''))),
          signal,
        );
        note('— The build has ended.');
        last = build;
      }
      const { environmentLogs } = await import('../../runtime/pr-environments/logs.ts');
      const onLine = (line: string) => written.fire(terminalLine(line));
      await environmentLogs(workspace, number, { tail: TAIL, follow: true, onLine, gitHubToken: gitHubToken() }, signal);
      if (!signal.aborted) note('— Its log has ended. Enter: follow again.');
    } catch (error) {
      if (signal.aborted) return;
      const { toOpsError } = await import('../../core/errors.ts');
      const { message, hint = '' } = toOpsError(error);
      note(`— ${message} ${hint} Enter: try again.`.replaceAll('  ', ' '));
    } finally {
      if (following === controller) following = undefined;
    }
  };

  return {
    onDidWrite: written.event,
    open: () => void follow(),
    close: () => following?.abort(),
    handleInput: (data) => {
      if (data === '\x03') {
        following?.abort();
        following = undefined;
        note('— Stopped. Enter: follow again.');
      } else if (data === '\r' && !following) void follow();
    },
    dispose: () => {
      following?.abort();
      written.dispose();
    },
  };
}

export interface LogTerminals extends vscode.Disposable {
  show: (model: PullRequestsModel, target: Target) => Promise<void>;
}

/** The live logs of environments: a terminal each, so that it can be searched, is coloured, and ends when it is closed. */
export function createLogTerminals(host: Host): LogTerminals {
  const terminals = new Map<number, vscode.Terminal>();
  const closed = vscode.window.onDidCloseTerminal((terminal) => {
    for (const [number, known] of terminals) if (known === terminal) terminals.delete(number);
  });
  return {
    show: async (model, target) => {
      const number = await chooseNumber(model, target, {
        title: 'Follow the Log of an Environment',
        fits: (row) => exists(row) || stateOf(row) === 'building',
        none: 'There is no environment.',
      });
      if (number === undefined) return;
      const known = terminals.get(number);
      const terminal =
        known ??
        vscode.window.createTerminal({
          name: `Odoo #${number}`,
          pty: createLogTerminal(host, model, number),
          iconPath: new vscode.ThemeIcon('output'),
          isTransient: true,
        });
      terminals.set(number, terminal);
      terminal.show(true);
    },
    dispose: () => {
      closed.dispose();
      for (const terminal of terminals.values()) terminal.dispose();
    },
  };
}
