import type { Sha } from '../repository/names.ts';

/**
 * Our mark on everything that we make: as labels in Docker, as a comment in PostgreSQL, as a file beside a work tree. What does not bear
 * it is not ours, is never listed and never removed.
 */
export interface Stamp {
  project: string;
  /** The pull request; null for what environments share: proxy, mail catcher, templates, cached images. */
  number: number | null;
  /** The attempt that made it; null for what is shared. */
  attempt: string | null;
  commit: Sha | null;
  /** Of the pull request, a stranger's word; null for what is shared. */
  branch: string | null;
  /**
   * Where its Odoo stands, as that engine's `id` says: several share a database server, and none of them sees what runs at another. Null for
   * what is shared.
   */
  engine: string | null;
  /** ISO 8601, UTC. */
  created_at: string;
  /** When it may go in any case; null for never. */
  expires_at: string | null;
}

/** Stamp of what environments share: it goes when nobody needs it, unless it says when. */
export const sharedStamp = (project: string, of: Partial<Pick<Stamp, 'commit' | 'created_at' | 'expires_at'>> = {}): Stamp => ({
  project,
  number: null,
  attempt: null,
  commit: null,
  branch: null,
  engine: null,
  created_at: new Date().toISOString(),
  expires_at: null,
  ...of,
});

/**
 * Kinds of things by when they go: what leads to a thing, or uses it, before the thing. Those of a group go at the same time, since none of
 * them is used by another one of it.
 */
export const REMOVED_TOGETHER = [
  ['route'],
  ['container', 'process'],
  ['network', 'volume', 'database', 'image', 'work-tree', 'folder'],
  ['role'],
] as const;
export type ThingKind = (typeof REMOVED_TOGETHER)[number][number];

/** In the order in which they go. */
export const THING_KINDS: readonly ThingKind[] = REMOVED_TOGETHER.flat();

/** What a thing is for. */
export const PARTS = [
  'odoo',
  'job',
  'relay',
  'network',
  'filestore',
  'code',
  'requirements',
  'database',
  'role',
  'template',
  'route',
  'proxy',
  'mail',
] as const;
export type Part = (typeof PARTS)[number];

/** Something that exists on a host and is ours. */
export interface Thing {
  kind: ThingKind;
  part: Part;
  /** By which its keeper finds it again: container id, database name. */
  id: string;
  /** For people. */
  name: string;
  stamp: Stamp;
  /** Whether it runs, where that is a question. */
  running: boolean | null;
  bytes: number | null;
}

/** Who can say what there is, and take it away: engine, database server, proxy. */
export interface Keeper {
  /** All that bears our stamp for this project. @throws OpsError `unreachable`: then nobody may conclude that something is gone */
  things: (project: string, signal: AbortSignal) => Promise<Thing[]>;
  /**
   * Removes one, after it looked again that the stamp is still the one that was listed; one that is gone already is no error.
   * @returns false where it is not as listed any more, so that it was left alone
   */
  remove: (thing: Thing, signal: AbortSignal) => Promise<boolean>;
  /** The same for many, in the order asked, where one change for all is quicker than one for each. */
  removeAll?: (things: readonly Thing[], signal: AbortSignal) => Promise<boolean[]>;
}

/** True for the running (or sleeping) Odoo of a pull request. */
export const isEnvironment = ({ part, stamp }: Thing, number?: number): boolean =>
  part === 'odoo' && stamp.number !== null && (number === undefined || stamp.number === number);
