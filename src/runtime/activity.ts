import { newestRecords } from '../adapters/files/evidence-store.ts';
import { DAY_MS } from '../core/config/duration.ts';
import type { Feed } from '../core/control-plane/feed.ts';
import { activity, type Activity, type ActivityFilter, type Cursor } from '../core/control-plane/questions.ts';
import { activityOf } from '../core/control-plane/rows.ts';
import { OpsError } from '../core/errors.ts';
import type { Workspace } from './workspace.ts';
import { reading, type Reading } from './control-plane/reading.ts';
import { stillRuns } from './evidence/seal.ts';

/** A page of what happened, newest first, and where it was read. */
export interface ActivityPage extends Feed, Omit<Reading<unknown>, 'answer'> {}

/** @param after the page begins after it; the newest page without it */
export async function readActivity(
  workspace: Workspace,
  filter: ActivityFilter,
  { limit, after }: { limit: number; after?: Cursor | undefined },
): Promise<ActivityPage> {
  // One more than is shown tells whether there is another page.
  const { answer, ...from } = await reading(workspace, (reader) => reader.select(activity(filter, limit + 1, after)));
  const items = answer.slice(0, limit);
  const last = items.at(-1);
  return { ...from, items, next: answer.length > limit && last ? { finished_at: last.finished_at, id: last.id } : null };
}

const PAGE = 500;

/**
 * What happened, as many acts as asked for, in pages that every server gives.
 * @throws OpsError `unreachable` where the control plane stops answering in between
 */
export async function readHistory(workspace: Workspace, filter: ActivityFilter, limit: number): Promise<ActivityPage> {
  let history = await readActivity(workspace, filter, { limit: Math.min(limit, PAGE) });
  while (history.next && history.items.length < limit) {
    const page = await readActivity(workspace, filter, { limit: Math.min(limit - history.items.length, PAGE), after: history.next });
    if (page.source !== history.source)
      throw new OpsError('unreachable', page.notice ?? 'The control plane does not answer any more.', { hint: 'Ask again.' });
    history = { ...history, items: [...history.items, ...page.items], next: page.next };
  }
  return history;
}

/** Acts of this clone that run now, newest first: nobody else knows of them yet. Their result says `interrupted`, which is true if they end here. */
export async function runningActs(workspace: Workspace): Promise<Activity[]> {
  const running: Activity[] = [];
  for await (const stored of newestRecords(workspace.evidenceRoot)) {
    if (Date.now() - Date.parse(stored.record.started_at) > DAY_MS) break;
    if (stillRuns(stored, workspace)) running.push(activityOf(stored.record, `${workspace.config.evidence.folder}/${stored.folder}`));
  }
  return running;
}
