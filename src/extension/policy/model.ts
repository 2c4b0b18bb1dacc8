import * as vscode from 'vscode';
import type { ConfigProblem } from '../../core/config/parse.ts';
import type { CheckResult } from '../../core/policy/outcome.ts';
import type { PolicySession } from '../../runtime/policy/session.ts';
import type { Host } from '../host.ts';
import { overlayOf, type Overlay } from './overlay.ts';
import { createRuns, type Runs } from './runs.ts';
import type { Wish } from './wish.ts';
import { repositoryFiles, type RepositoryFiles } from '../repository-files.ts';

/** What is shown of the rules. The last good answer: an error later on keeps it, and `stale` says why. */
export interface PolicyShown {
  result: CheckResult;
  files: RepositoryFiles;
  /** False where there is no odoo-ops.yml that a finding without a file could stand at. */
  configured: boolean;
  timeZone: string;
  /** The documents that were checked, to know whether one has changed since. */
  overlay: Overlay;
}

export interface PolicyModel extends vscode.Disposable, Pick<Runs, 'soon' | 'settled' | 'stop'> {
  /** Undefined until the first check has ended well. */
  readonly shown: PolicyShown | undefined;
  readonly stale: { message: string; since: Date } | undefined;
  /** What is wrong with odoo-ops.yml. */
  readonly configProblems: readonly ConfigProblem[];
  /** `waiting` before anybody asked for the first check; `stopped` where a person ended it. */
  readonly state: 'waiting' | 'checking' | 'stopped' | 'ready' | 'failed';
  /** A check runs, and has for a while. */
  readonly busy: boolean;
  readonly onDidChange: vscode.Event<void>;
  /** True where some rule looks into this file; false before the first check. */
  reads: (uri: vscode.Uri) => boolean;
  /** Checks now, and answers when nothing is left to check. @throws the error of the check */
  now: (wish: Wish, signal?: AbortSignal) => Promise<void>;
}

/** A check that takes longer than this is worth a sign of life. */
const LONG_MS = 500;

interface Opened extends Pick<PolicyShown, 'files' | 'configured' | 'timeZone'> {
  session: PolicySession;
  /** Ends what git does for it. */
  controller: AbortController;
}

/** The answer of the rules, kept by a session that stays open. */
export function createPolicyModel(host: Host): PolicyModel {
  const changed = new vscode.EventEmitter<void>();
  let opened: Opened | undefined;
  let opening: AbortController | undefined;
  /** What the control plane said goes on to the next session. */
  let before: PolicySession | undefined;
  let shown: PolicyShown | undefined;
  let stale: PolicyModel['stale'];
  let configProblems: readonly ConfigProblem[] = [];
  let state: PolicyModel['state'] = 'waiting';
  let busy = false;
  /** A check failed or was new to all: it has to look everywhere, at history too. */
  let isOwing = false;
  let lastGood = new Date();
  const mayRead = () => vscode.workspace.isTrusted && host.folder() !== undefined;

  const close = () => {
    opening?.abort();
    opened?.controller.abort();
    [opening, opened] = [undefined, undefined];
  };

  const open = async (): Promise<Opened> => {
    const controller = (opening = new AbortController());
    const workspace = await host.open({ signal: controller.signal, report: host.logEvent });
    const { openPolicy } = await import('../../runtime/policy/session.ts');
    const session = await openPolicy(workspace, before);
    const files = await repositoryFiles(workspace.root, host.folder()?.uri);
    opened?.controller.abort();
    [before, opening, configProblems, isOwing] = [session, undefined, [], true];
    return { session, files, controller, configured: workspace.configured, timeZone: workspace.config.evidence.time_zone };
  };

  const check = async (wish: Wish, signal: AbortSignal): Promise<void> => {
    if (!opened || wish.reopen === true) opened = await open();
    const { session, files, configured, timeZone } = opened;
    signal.throwIfAborted();
    const overlay = overlayOf(files, session.reads);
    const { changed: uris = new Set<string>() } = wish;
    const paths = uris === 'all' ? undefined : Array.from(uris, (uri) => files.pathOf(vscode.Uri.parse(uri)) ?? '');
    const result = await session.check({
      overlay: overlay.texts,
      changed: isOwing ? undefined : paths,
      thorough: wish.thorough,
      history: isOwing,
      signal,
    });
    signal.throwIfAborted();
    [shown, state, isOwing] = [{ result, files, configured, timeZone, overlay }, 'ready', false];
    // With an odoo-ops.yml that is not valid, the one before it still counts.
    if (configProblems.length === 0) [stale, lastGood] = [undefined, new Date()];
  };

  const failed = async (error: unknown): Promise<void> => {
    const { toOpsError } = await import('../../core/errors.ts');
    const { message, code, details } = toOpsError(error);
    host.log.warn(`Policy: ${message}`);
    if (code === 'config') configProblems = (details['problems'] ?? []) as ConfigProblem[];
    stale = { message: code === 'config' ? 'odoo-ops.yml is not valid.' : message, since: lastGood };
    isOwing = true;
    if (!shown) state = 'failed';
  };

  const runs = createRuns(async (wish, signal) => {
    if (!mayRead()) return;
    if (!shown) state = 'checking';
    const sign = setTimeout(() => {
      busy = true;
      changed.fire();
    }, LONG_MS);
    try {
      await check(wish, signal);
    } catch (error) {
      // Stopped, or in favour of a newer one: that is no failure.
      if (!signal.aborted || (signal.reason as Error).name === 'TimeoutError') await failed(error);
      throw error;
    } finally {
      clearTimeout(sign);
      busy = false;
      changed.fire();
    }
  });

  const stop = () => {
    runs.stop();
    close();
    isOwing = true;
    if (!shown && state === 'checking') state = 'stopped';
    changed.fire();
  };

  return {
    get shown() {
      return shown;
    },
    get stale() {
      return stale;
    },
    get configProblems() {
      return configProblems;
    },
    get state() {
      return state;
    },
    get busy() {
      return busy;
    },
    onDidChange: changed.event,
    reads: (uri) => {
      const path = opened?.files.pathOf(uri);
      return path !== undefined && opened?.session.reads(path) === true;
    },
    soon: (wish) => {
      if (!mayRead()) return;
      if (state === 'waiting') state = 'checking';
      runs.soon(wish);
    },
    now: async (wish, signal) => {
      signal?.addEventListener('abort', stop, { once: true });
      try {
        await runs.now(wish);
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    },
    settled: runs.settled,
    stop,
    dispose: () => {
      runs.stop();
      close();
      changed.dispose();
    },
  };
}
