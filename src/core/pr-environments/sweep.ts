import type { PullRequest } from './pull-request.ts';
import { THING_KINDS, type Thing } from './thing.ts';

/** What a sweep judges by: everything that exists, and everything that should. */
export interface SweepFacts {
  /** All that bears our stamp. */
  things: readonly Thing[];
  openPullRequests: readonly Pick<PullRequest, 'number'>[];
  now: Date;
  project: string;
  /** Numbers whose environment somebody builds, changes or removes right now. */
  buildingNow: ReadonlySet<number>;
}

export interface Verdict {
  thing: Thing;
  /** For people: why it goes. */
  reason: string;
}

/** How long what environments share is kept after the last one that used it went, in milliseconds: the next build finds it warm. */
const SHARED_FOR = 30 * 60_000;

/** How long a half-built attempt may have no Odoo: its builder may be on its way to the claim. */
const HALF_BUILT_FOR = 5 * 60_000;

const age = ({ stamp }: Thing, now: Date): number => now.getTime() - Date.parse(stamp.created_at);
const isExpired = ({ stamp }: Thing, now: Date): boolean => stamp.expires_at !== null && Date.parse(stamp.expires_at) < now.getTime();

/**
 * The attempt that an environment's Odoo belongs to: with two of them the newest, the other was to be replaced. Undefined where it has none.
 */
function currentAttempt(things: readonly Thing[]): string | null | undefined {
  const odoos = things.filter(({ part }) => part === 'odoo');
  return odoos.sort((a, b) => Date.parse(b.stamp.created_at) - Date.parse(a.stamp.created_at))[0]?.stamp.attempt;
}

/** Why a thing of an environment goes; null where it stays. */
function judgeOwn(thing: Thing, siblings: readonly Thing[], { openPullRequests, now }: SweepFacts): string | null {
  const { number, attempt } = thing.stamp;
  if (!openPullRequests.some((pull) => pull.number === number)) return `pull request ${number ?? ''} is not open`;
  if (isExpired(thing, now)) return `nobody built environment ${number ?? ''} again before it expired`;
  const current = currentAttempt(siblings);
  if (current === undefined) return age(thing, now) < HALF_BUILT_FOR ? null : `its build never came to an end`;
  // A job that its builder left behind, or what a build before left: the Odoo that is there does not use it.
  if (attempt !== current) return 'it is left from a build that was replaced';
  return thing.part === 'job' ? 'its build is over' : null;
}

/** Why something that environments share goes; null where it stays. */
function judgeShared(thing: Thing, { things, now }: SweepFacts): string | null {
  if (isExpired(thing, now)) return 'it expired';
  if (thing.part !== 'code') return null;
  const isUsed = things.some(({ stamp }) => stamp.number !== null && stamp.commit === thing.stamp.commit);
  return isUsed || age(thing, now) < SHARED_FOR ? null : 'no environment has this commit';
}

/**
 * What goes: all of closed pull requests, what expired, what builds left behind, images that nobody uses. In the order in which it has to
 * go. Nothing of another project, nothing that is being built.
 */
export function planSweep(facts: SweepFacts): Verdict[] {
  const own = facts.things.filter(({ stamp }) => stamp.project === facts.project);
  const verdicts = own.flatMap((thing): Verdict[] => {
    const { number } = thing.stamp;
    if (number !== null && facts.buildingNow.has(number)) return [];
    const siblings = own.filter(({ stamp }) => stamp.number === number);
    const reason = number === null ? judgeShared(thing, { ...facts, things: own }) : judgeOwn(thing, siblings, facts);
    return reason === null ? [] : [{ thing, reason }];
  });
  return verdicts.sort((a, b) => THING_KINDS.indexOf(a.thing.kind) - THING_KINDS.indexOf(b.thing.kind));
}
