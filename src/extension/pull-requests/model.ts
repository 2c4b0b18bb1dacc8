import * as vscode from 'vscode';
import type { OpsError } from '../../core/errors.ts';
import type { OpsEvent } from '../../core/events.ts';
import type { PrEnvironment } from '../../core/pr-environments/environment.ts';
import { gitHubToken } from '../github.ts';
import type { Host } from '../host.ts';
import type { OverviewModel } from '../overview-model.ts';
import { latestPulls, rowsOf, type Doing, type LastPulls, type Row } from './rows.ts';

/** Why nothing is known of environments, as the welcome views ask for it; `ready` where it is. */
export type EnvironmentsState = 'loading' | 'noServer' | 'unreachable' | 'failed' | 'ready';

/** Why environments could not be asked for. */
export interface Trouble {
  state: Exclude<EnvironmentsState, 'loading' | 'ready'>;
  message: string;
  hint: string;
}

export interface PullRequestsModel extends vscode.Disposable {
  readonly rows: readonly Row[];
  readonly state: EnvironmentsState;
  /** The last good state stays; `since` is when it was. */
  readonly trouble: (Trouble & { since: Date | null }) | undefined;
  /** Since when GitHub does not answer, so that titles and checks are those of then; null while it does. */
  readonly gitHubAwaySince: Date | null;
  readonly onDidChange: vscode.Event<void>;
  /** Asks for the environments: one question at a time, a call during one asks for exactly one more. */
  refresh: () => Promise<void>;
  /** Shows an act of this window from its first moment, and what came of it. `heard` gets its events. */
  during: <T>(number: number, what: Doing['what'], act: (heard: (event: OpsEvent) => void) => Promise<T>) => Promise<T>;
  /** The row of a pull request. */
  find: (number: number) => Row | undefined;
}

const TIMEOUT_MS = 60_000;

function troubleOf({ code, message, hint = '', details }: OpsError): Trouble {
  const state = details['reason'] === 'no-database-server' ? 'noServer' : code === 'unreachable' ? 'unreachable' : 'failed';
  return { state, message, hint };
}

/** Pull requests of the overview, and the environments of the host that this window reaches. */
export function createPullRequestsModel(host: Host, overview: OverviewModel): PullRequestsModel {
  const changed = new vscode.EventEmitter<void>();
  const disposal = new AbortController();
  const doing = new Map<number, Doing>();
  let environments: readonly PrEnvironment[] | undefined;
  let lastGood: Date | null = null;
  let trouble: Trouble | undefined;
  let pulls: LastPulls = { pulls: [], since: null };
  let rows: readonly Row[] = [];
  let running: Promise<void> | undefined;
  let wanted = false;

  const stateNow = (): EnvironmentsState => (environments ? 'ready' : (trouble?.state ?? 'loading'));
  const update = () => {
    rows = overview.overview ? rowsOf(overview.overview, pulls.pulls, environments ?? [], doing) : [];
    changed.fire();
  };

  const load = async (): Promise<void> => {
    if (!vscode.workspace.isTrusted || !host.folder()) return;
    const signal = AbortSignal.any([disposal.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      const workspace = await host.open({ signal, report: host.logEvent });
      const { listEnvironments } = await import('../../runtime/pr-environments/list.ts');
      environments = await listEnvironments(workspace, { gitHubToken: gitHubToken() });
      [trouble, lastGood] = [undefined, new Date()];
    } catch (error) {
      if (disposal.signal.aborted) return;
      const { toOpsError } = await import('../../core/errors.ts');
      const before = trouble?.message;
      trouble = troubleOf(toOpsError(error));
      if (trouble.message !== before) host.log[trouble.state === 'noServer' ? 'debug' : 'warn'](`PR environments: ${trouble.message}`);
    }
  };

  const loop = async (): Promise<void> => {
    while (wanted) {
      wanted = false;
      await load();
      update();
    }
    running = undefined;
  };
  const refresh = (): Promise<void> => {
    wanted = true;
    return (running ??= loop());
  };

  const follow = overview.onDidChange(() => {
    if (overview.overview) pulls = latestPulls(overview.overview, pulls, new Date());
    update();
  });

  return {
    get rows() {
      return rows;
    },
    get state() {
      return stateNow();
    },
    get trouble() {
      return trouble && { ...trouble, since: lastGood };
    },
    get gitHubAwaySince() {
      return pulls.since;
    },
    onDidChange: changed.event,
    refresh,
    during: async (number, what, act) => {
      let shown: Doing;
      const show = (step: string | null) => {
        shown = { what, step };
        doing.set(number, shown);
        update();
      };
      show(null);
      try {
        return await act((event) => {
          if (event.type === 'start') show(event.title);
        });
      } finally {
        // What it is now is asked before the act's own word for it goes: the tree does not fall back for a moment.
        void refresh().finally(() => {
          if (doing.get(number) === shown) doing.delete(number); // else another act has begun
          update();
        });
      }
    },
    find: (number) => rows.find((row) => row.number === number),
    dispose: () => {
      disposal.abort();
      follow.dispose();
      changed.dispose();
    },
  };
}
