import type { Activity, Cursor } from './questions.ts';
import { compareTimes } from './time-order.ts';

/** A part of what happened, newest first, without a gap from its first item to its last. */
export interface Feed {
  items: readonly Activity[];
  /** Where the rest begins; null where there is none. */
  next: Cursor | null;
}

export const EMPTY_FEED: Feed = { items: [], next: null };

/** Above zero where `a` comes later in the list than `b`: it is older. */
export const compareActs = (a: Cursor, b: Cursor): number =>
  compareTimes(b.finished_at, a.finished_at) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

/**
 * Takes in the newest page. It says what there is down to its last item: what is new comes in at its place, also what was delivered
 * late, and what is gone goes. What was loaded beyond it stays, unless so much happened that there is a gap in between.
 */
export function withNewest(feed: Feed, page: Feed): Feed {
  const last = page.items.at(-1);
  const [newest] = feed.items;
  if (page.next === null || !last || !newest || compareActs(newest, last) > 0) return page;
  const beyond = feed.items.filter((item) => compareActs(item, last) > 0);
  return beyond.length === 0 ? page : { items: [...page.items, ...beyond], next: feed.next };
}

/**
 * Takes in the page after the last one.
 * @param after where that page was asked to begin; one that was asked for before the feed changed its end is left out
 */
export function withOlder(feed: Feed, after: Cursor, page: Feed): Feed {
  if (feed.next?.id !== after.id || feed.next.finished_at !== after.finished_at) return feed;
  const known = new Set(feed.items.map(({ id }) => id));
  return { items: [...feed.items, ...page.items.filter(({ id }) => !known.has(id))], next: page.next };
}

/** True where both show the same. A finished act never changes, so ids are enough. */
export const isSameFeed = (a: Feed, b: Feed): boolean =>
  a.items.length === b.items.length &&
  (a.next === null) === (b.next === null) &&
  a.items.every(({ id }, index) => id === b.items[index]?.id);
