import * as z from 'zod';
import type { TaskKind } from './names.ts';

const nothing = z.strictObject({});
/** What a person typed to name a commit; git's rules for it are asked when it is used. */
const revision = z.string().min(1).max(255);

/**
 * What may be asked for, with what each needs to know. `ops.task_kinds()` says the same to the database, which refuses anything else
 * before it is written; a test compares both.
 */
export const taskSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('build'), payload: z.strictObject({ revision, verify: z.boolean().optional() }) }),
  z.strictObject({ kind: z.literal('check'), payload: nothing }),
  z.strictObject({ kind: z.literal('evidence-prune'), payload: nothing }),
  z.strictObject({ kind: z.literal('evidence-sync'), payload: nothing }),
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
};

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

/** The sweep of environments that should not run any more takes its place here, beside its kind above. */
export const SCHEDULES: readonly Schedule[] = [
  { kind: 'evidence-sync', cron: '*/10 * * * *', late: 0 },
  { kind: 'evidence-prune', cron: '0 * * * *', hour: 3, late: 24 * 60 * MINUTE },
];
