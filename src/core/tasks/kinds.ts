import * as z from 'zod';
import type { TaskKind } from './names.ts';

const nothing = z.strictObject({});
/** What a person typed to name a commit; git's rules for it are asked when it is used. */
const revision = z.string().min(1).max(255);
/** Of a pull request, as `ops.pull_request_environments` can hold it. */
const number = z.int().min(1).max(2_147_483_647);

/**
 * What may be asked for, with what each needs to know. `ops.task_kinds()` says the same to the database, which refuses anything else
 * before it is written; a test compares both.
 */
export const taskSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('build'), payload: z.strictObject({ revision, verify: z.boolean().optional() }) }),
  z.strictObject({ kind: z.literal('check'), payload: nothing }),
  z.strictObject({ kind: z.literal('evidence-prune'), payload: nothing }),
  z.strictObject({ kind: z.literal('evidence-sync'), payload: nothing }),
  z.strictObject({ kind: z.literal('pr-down'), payload: z.strictObject({ number }) }),
  // `approve` is the one commit of a fork that somebody looked at.
  z.strictObject({ kind: z.literal('pr-up'), payload: z.strictObject({ number, approve: revision.optional() }) }),
  z.strictObject({ kind: z.literal('sweep'), payload: nothing }),
]);
export type Task = z.infer<typeof taskSchema>;
export type PayloadOf<Kind extends TaskKind> = Extract<Task, { kind: Kind }>['payload'];

/** How often a kind is tried, and how long one attempt may take, in milliseconds. */
export interface Limits {
  attempts: number;
  timeout: number;
}

const MINUTE = 60_000;

/** A prune and a check that failed would fail again; a remote or a control plane may be back in a while. */
export const TASK_LIMITS: Readonly<Record<TaskKind, Limits>> = {
  build: { attempts: 3, timeout: 60 * MINUTE },
  check: { attempts: 2, timeout: 15 * MINUTE },
  'evidence-prune': { attempts: 2, timeout: 60 * MINUTE },
  'evidence-sync': { attempts: 4, timeout: 30 * MINUTE },
  'pr-down': { attempts: 4, timeout: 15 * MINUTE },
  'pr-up': { attempts: 2, timeout: 60 * MINUTE },
  // The next one comes soon.
  sweep: { attempts: 1, timeout: 30 * MINUTE },
};

/** Of waiting tasks with one key there is one: a pull request that is pushed to often is built once, at what its head is then. */
export function keyOf(task: Task): string | null {
  switch (task.kind) {
    case 'pr-up':
      // An approval is for one commit, and is not answered with a task that lacks it.
      return task.payload.approve === undefined ? `pr-${task.payload.number}` : `pr-${task.payload.number}-${task.payload.approve}`;
    case 'pr-down':
      return `pr-${task.payload.number}`;
    case 'sweep':
      return 'sweep';
    default:
      return null;
  }
}

/** What is asked for by the clock, by whichever worker is there. */
export interface Schedule {
  kind: TaskKind;
  /** Minute, hour, day, month, day of the week, in UTC. */
  cron: string;
  /** Asked for only in this hour of the configured time zone; whatever its offset, it comes once a day. */
  hour?: number;
  /** How long after it was due a worker that starts late still asks for it, in milliseconds. */
  late: number;
}

export const SCHEDULES: readonly Schedule[] = [
  // Within one hour of closing nothing is left (§4.3), whatever event was missed.
  { kind: 'sweep', cron: '*/10 * * * *', late: 0 },
  { kind: 'evidence-sync', cron: '*/10 * * * *', late: 0 },
  { kind: 'evidence-prune', cron: '0 * * * *', hour: 3, late: 24 * 60 * MINUTE },
];
