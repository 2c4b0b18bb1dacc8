import * as vscode from 'vscode';
import type { ActDetails } from '../core/control-plane/act-details.ts';
import type { Feed } from '../core/control-plane/feed.ts';
import type { Activity, ActivityFilter } from '../core/control-plane/questions.ts';
import type { ActivityPage } from '../runtime/activity.ts';
import type { Workspace } from '../runtime/workspace.ts';
import type { Host } from './host.ts';

/** What is shown of what happened. The last good state: an error later on keeps it, and `stale` says why. */
export interface Shown extends Feed, Pick<ActivityPage, 'source' | 'notice'> {
  /** Acts of this clone that run now; they are not among the items. */
  running: readonly Activity[];
  /** What was asked for. */
  filter: ActivityFilter;
  timeZone: string;
}

export interface ActivityModel extends vscode.Disposable {
  /** Undefined until it was asked for the first time, or while no answer came. */
  readonly shown: Shown | undefined;
  readonly stale: { message: string; since: Date } | undefined;
  readonly filter: ActivityFilter;
  readonly onDidChange: vscode.Event<void>;
  /** Asks anew for as much as is shown. */
  refresh: () => Promise<void>;
  /** Asks for the newest page only. */
  poll: () => Promise<void>;
  loadMore: () => Promise<void>;
  setFilter: (filter: ActivityFilter) => Promise<void>;
  /** Finished acts never change: each is asked about once. */
  details: (act: Activity) => Promise<ActDetails>;
}

const TASKS = ['refresh', 'more', 'poll'] as const;
type Task = (typeof TASKS)[number];

const PAGE = 50;
/** What a refresh asks for at most; what was loaded beyond it is loaded again on demand. */
const MOST = 500;
const TIMEOUT_MS = 30_000;
const MAX_DETAILS = 200;

export function createActivityModel(host: Host): ActivityModel {
  const changed = new vscode.EventEmitter<void>();
  const disposal = new AbortController();
  const known = new Map<string, Promise<ActDetails>>();
  const wanted = new Set<Task>();
  let shown: Shown | undefined;
  let stale: ActivityModel['stale'];
  let filter: ActivityFilter = {};
  let lastGood = new Date();
  let running: Promise<void> | undefined;

  const open = (): Promise<Workspace> =>
    host.open({ signal: AbortSignal.any([disposal.signal, AbortSignal.timeout(TIMEOUT_MS)]), report: host.logEvent });

  /** What a page makes of what is shown. @returns undefined where it has to be asked for from the beginning */
  const merged = async (task: Task, before: Shown | undefined, page: ActivityPage): Promise<Feed | undefined> => {
    const { withNewest, withOlder } = await import('../core/control-plane/feed.ts');
    if (task === 'refresh' || !before) return page;
    // Pages of two sources do not go together.
    if (page.source !== before.source) return task === 'poll' ? page : undefined;
    return task === 'poll' ? withNewest(before, page) : before.next ? withOlder(before, before.next, page) : before;
  };

  /** @returns whether there is something else to show: a tree is not drawn anew under somebody's pointer for nothing */
  const load = async (task: Task): Promise<boolean> => {
    const asked = filter;
    const before = shown?.filter === asked ? shown : undefined;
    if (task === 'more' && !before?.next) return false;
    const workspace = await open();
    const { readActivity, runningActs } = await import('../runtime/activity.ts');
    const limit = task === 'refresh' ? Math.min(MOST, Math.max(PAGE, before?.items.length ?? 0)) : PAGE;
    const [page, acts] = await Promise.all([
      readActivity(workspace, asked, { limit, after: task === 'more' ? (before?.next ?? undefined) : undefined }),
      runningActs(workspace),
    ]);
    if (asked !== filter) return false;
    const feed = await merged(task, before, page);
    if (!feed) {
      wanted.add('refresh');
      return false;
    }
    const ended = new Set(feed.items.map(({ id }) => id));
    const now: Shown = {
      items: feed.items,
      next: feed.next,
      source: page.source,
      notice: page.notice,
      filter: asked,
      running: acts.filter(({ id }) => !ended.has(id)),
      timeZone: workspace.config.evidence.time_zone,
    };
    const { isSameFeed } = await import('../core/control-plane/feed.ts');
    // The names of the days change at midnight.
    const isSame =
      before !== undefined &&
      stale === undefined &&
      isSameFeed(before, now) &&
      isSameFeed({ items: before.running, next: null }, { items: now.running, next: null }) &&
      before.source === now.source &&
      before.notice === now.notice &&
      lastGood.toDateString() === new Date().toDateString();
    [shown, stale, lastGood] = [now, undefined, new Date()];
    return !isSame;
  };

  const next = (): Task | undefined => TASKS.find((task) => wanted.has(task));

  /** One fetch at a time; what is asked for meanwhile is done once afterwards. */
  const loop = async (): Promise<void> => {
    for (let task = next(); task !== undefined; task = next()) {
      wanted.delete(task);
      if (task === 'refresh') wanted.delete('poll'); // it answers that too
      let isNew = true;
      try {
        if (vscode.workspace.isTrusted && host.folder()) isNew = await load(task);
      } catch (error) {
        if (disposal.signal.aborted) return;
        const { toOpsError } = await import('../core/errors.ts');
        const { message } = toOpsError(error);
        host.log.warn(`Activity: ${message}`);
        stale = { message, since: lastGood };
        if (shown?.filter !== filter) shown = undefined; // the answer to another question
      }
      if (isNew) changed.fire();
    }
    running = undefined;
  };

  const want = (task: Task): Promise<void> => {
    wanted.add(task);
    return (running ??= loop());
  };

  return {
    get shown() {
      return shown;
    },
    get stale() {
      return stale;
    },
    get filter() {
      return filter;
    },
    onDidChange: changed.event,
    refresh: () => want('refresh'),
    poll: () => want(shown ? 'poll' : 'refresh'),
    loadMore: () => want('more'),
    setFilter: (wish) => {
      filter = wish;
      return want('refresh');
    },
    details: (act) => {
      const asked = known.get(act.id);
      if (asked) return asked;
      const answer = open().then(async (workspace) => (await import('../runtime/act-details.ts')).actDetails(workspace, act));
      if (act.record_sha256 === '') return answer; // it is not sealed yet
      answer.catch(() => known.delete(act.id));
      const [oldest] = known.keys();
      if (known.size >= MAX_DETAILS && oldest !== undefined) known.delete(oldest);
      known.set(act.id, answer);
      return answer;
    },
    dispose: () => {
      disposal.abort();
      changed.dispose();
    },
  };
}
