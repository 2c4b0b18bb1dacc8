import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Overview } from '../core/environments/overview.ts';
import type { Host } from './host.ts';

/** Why a view is empty, as the welcome views ask for it; `ready` where it is not. */
export type ModelState =
  | 'loading'
  | 'untrusted'
  | 'noFolder'
  | 'noRepository'
  | 'noCommit'
  | 'noConfiguration'
  | 'invalidConfiguration'
  | 'noRemote'
  | 'failed'
  | 'ready';

export interface OverviewModel extends vscode.Disposable {
  readonly state: ModelState;
  /** The last good state: an error later on keeps it, and `stale` says why. */
  readonly overview: Overview | undefined;
  readonly stale: { message: string; since: Date } | undefined;
  /** Folder of git's own files; undefined before the first overview. A linked work tree has it elsewhere. */
  readonly gitFolder: string | undefined;
  readonly onDidChange: vscode.Event<void>;
  /** One refresh at a time: a call during one asks for exactly one more. */
  refresh: (options?: { fetch?: boolean }) => Promise<void>;
  setGitHubToken: (token: string | null) => void;
}

const TIMEOUT_MS = 60_000;

export function createOverviewModel(host: Host): OverviewModel {
  const changed = new vscode.EventEmitter<void>();
  let state: ModelState = 'loading';
  let overview: Overview | undefined;
  let stale: OverviewModel['stale'];
  let gitFolder: string | undefined;
  let token: string | null = process.env['GITHUB_TOKEN'] ?? null;
  let running: Promise<void> | undefined;
  let wanted: { fetch: boolean } | undefined;
  let lastGood = new Date();
  const disposal = new AbortController();

  const setState = (next: ModelState) => {
    state = next;
    void vscode.commands.executeCommand('setContext', 'odooOps.state', next);
  };

  setState('loading');

  const load = async (fetch: boolean): Promise<void> => {
    if (!vscode.workspace.isTrusted || !host.folder()) {
      setState(vscode.workspace.isTrusted ? 'noFolder' : 'untrusted');
      return;
    }
    const signal = AbortSignal.any([disposal.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      const workspace = await host.open({ signal, report: host.logEvent });
      const { overview: ask } = await import('../runtime/status.ts');
      gitFolder = dirname(workspace.stateFolder);
      overview = await ask(workspace, { fetch, gitHubToken: token });
      stale = undefined;
      lastGood = new Date();
      setState(
        workspace.state.head === null
          ? 'noCommit'
          : workspace.remote === null
            ? 'noRemote'
            : workspace.configured
              ? 'ready'
              : 'noConfiguration',
      );
      for (const notice of overview.notices) host.log.warn(notice);
    } catch (error) {
      if (disposal.signal.aborted) return;
      const { toOpsError } = await import('../core/errors.ts');
      const known = toOpsError(error);
      host.log.warn(`Refresh: ${known.message}`);
      if (overview) stale = { message: known.message, since: lastGood };
      else
        setState(
          known.code === 'config' ? 'invalidConfiguration' : known.details['reason'] === 'no-repository' ? 'noRepository' : 'failed',
        );
    }
  };

  const loop = async () => {
    while (wanted) {
      const { fetch } = wanted;
      wanted = undefined;
      await load(fetch);
      changed.fire();
    }
    running = undefined;
  };

  return {
    get state() {
      return state;
    },
    get overview() {
      return overview;
    },
    get gitFolder() {
      return gitFolder;
    },
    get stale() {
      return stale;
    },
    onDidChange: changed.event,
    refresh: ({ fetch = false } = {}) => {
      wanted = { fetch: fetch || (wanted?.fetch ?? false) };
      return (running ??= loop());
    },
    setGitHubToken: (value) => {
      token = value ?? process.env['GITHUB_TOKEN'] ?? null;
    },
    dispose: () => {
      disposal.abort();
      changed.dispose();
    },
  };
}
