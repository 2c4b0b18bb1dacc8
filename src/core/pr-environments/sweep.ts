import type { PullRequest } from './pull-request.ts';
import { THING_KINDS, type Thing } from './thing.ts';

/** What a sweep judges by: everything that exists, and everything that should. */
export interface SweepFacts {
  /** All that bears our stamp. */
  things: readonly Thing[];
  openPullRequests: readonly Pick<PullRequest, 'number' | 'head'>[];
  now: Date;
  project: string;
  /** The engine that was asked: what runs at another one is not among the things. */
  engine: string;
  /** Numbers whose environment somebody builds, changes or removes right now. */
  buildingNow: ReadonlySet<number>;
}

export interface Reclaim {
  thing: Thing;
  /** For people: why it goes. */
  reason: string;
}

/** How long somebody may work on what environments share, in milliseconds: the files of a template of many gigabytes are copied in that time. */
const SHARED_JOB_FOR = 6 * 3_600_000;

/** How long a half-built attempt may have no Odoo: its builder may be on its way to the claim. */
const HALF_BUILT_FOR = 5 * 60_000;

const age = ({ stamp }: Thing, now: Date): number => now.getTime() - Date.parse(stamp.created_at);
const isExpired = ({ stamp }: Thing, now: Date): boolean => stamp.expires_at !== null && Date.parse(stamp.expires_at) < now.getTime();

/** An environment's Odoo: of two the newer, the other was to be replaced. */
const odooOf = (things: readonly Thing[]): Thing | undefined =>
  things.filter(({ part }) => part === 'odoo').sort((a, b) => Date.parse(b.stamp.created_at) - Date.parse(a.stamp.created_at))[0];

/** Why a thing of an environment goes; null where it stays. */
function judgeOwn(thing: Thing, siblings: readonly Thing[], { openPullRequests, now, engine }: SweepFacts): string | null {
  const { number, attempt } = thing.stamp;
  if (!openPullRequests.some((pull) => pull.number === number)) return `pull request ${number ?? ''} is not open`;
  const odoo = odooOf(siblings);
  // Without its Odoo the rest is of no use.
  if (isExpired(odoo ?? thing, now) || isExpired(thing, now)) return `nobody built environment ${number ?? ''} again before it expired`;
  // A database of another host: whether its Odoo is there, only that host knows.
  if (thing.stamp.engine !== engine) return null;
  if (!odoo) return age(thing, now) < HALF_BUILT_FOR ? null : `its build never came to an end`;
  // A job that its builder left behind, or what a build before left: the Odoo that is there does not use it.
  if (attempt !== odoo.stamp.attempt) return 'it is left from a build that was replaced';
  return thing.part === 'job' ? 'its build is over' : null;
}

/** A template of a fresh database: its name says what it was made of, so that another one is never used for the same again. */
const FRESH = /(?:^|[-_])fresh[-_][0-9a-f]{6,}$/;
const isFresh = ({ part, name }: Thing): boolean => part === 'template' && FRESH.test(name);

/** What decides over things that environments share. */
interface SharedFacts extends SweepFacts {
  /** Commits of environments that stay, and those that one may be made of at any moment. */
  needed: ReadonlySet<string | null>;
}

/** Why something that environments share goes; null where it stays. */
function judgeShared(thing: Thing, { things, now, needed, buildingNow }: SharedFacts): string | null {
  if (isExpired(thing, now)) return 'it expired';
  if (thing.part === 'job') return age(thing, now) < SHARED_JOB_FOR ? null : 'whoever began it is gone';
  // Who builds may be about to use them, and does not say which.
  if (buildingNow.size > 0) return null;
  if (thing.part === 'code') return needed.has(thing.stamp.commit) ? null : 'no environment has this commit';
  if (!isFresh(thing)) return null;
  const isOlder = things.some((one) => one.kind === thing.kind && isFresh(one) && age(one, now) < age(thing, now));
  return isOlder ? 'a newer one is used for fresh databases' : null;
}

/**
 * What goes: all of closed pull requests, what expired, what builds left behind, images and templates that nobody uses. In the order in which
 * it has to go. Nothing of another project, nothing that is being built.
 */
export function planSweep(facts: SweepFacts): Reclaim[] {
  const things = facts.things.filter(({ stamp }) => stamp.project === facts.project);
  const byNumber = new Map<number, Thing[]>();
  for (const thing of things) {
    const { number } = thing.stamp;
    if (number !== null) byNumber.set(number, [...(byNumber.get(number) ?? []), thing]);
  }
  const own = [...byNumber].flatMap(([number, siblings]): Reclaim[] =>
    facts.buildingNow.has(number) ? [] : siblings.flatMap((thing) => reclaim(thing, judgeOwn(thing, siblings, facts))),
  );
  const going = new Set(own.map(({ thing }) => thing));
  const staying = things.filter((thing) => thing.stamp.number !== null && !going.has(thing));
  const needed = new Set([...staying.map(({ stamp }) => stamp.commit), ...facts.openPullRequests.map(({ head }) => head)]);
  const shared = things.filter(({ stamp }) => stamp.number === null);
  const all = [...own, ...shared.flatMap((thing) => reclaim(thing, judgeShared(thing, { ...facts, things: shared, needed })))];
  return all.sort((a, b) => THING_KINDS.indexOf(a.thing.kind) - THING_KINDS.indexOf(b.thing.kind));
}

const reclaim = (thing: Thing, reason: string | null): Reclaim[] => (reason === null ? [] : [{ thing, reason }]);
