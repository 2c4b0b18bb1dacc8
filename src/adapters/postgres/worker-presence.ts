import type { Client } from 'pg';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';

/** Schema of the queue: graphile-worker's tables, apart from those of a team that uses it too. */
export const QUEUE = 'ops_queue';

/** Name of the job of a kind; workers of another client, or without a handler for it, leave it alone. */
export const jobName = (clientId: string, kind: string): string => `${clientId}/${kind}`;

// Any number that is ours: those who look after the queue at the same time would find the same.
const LOCK = 1_330_663_544;

/** What a worker is and does, as far as the queue has to know. */
export interface Presence {
  clientId: string;
  /** Kinds that it can do, with how often each is tried. */
  attempts: Readonly<Record<string, number>>;
}

/** Claims for the policies, and a server that notices within half a minute when the host of this worker is gone. */
const SESSION = `select set_config('request.jwt.claims', $1, false), set_config('application_name', 'odoo-ops worker lock', false),
  set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
  set_config('tcp_keepalives_count', '3', false)`;

/** Claims of a worker: it writes as the owner of the table, and the policies that bind the owner too let it pass for its client. */
export const workerClaims = (clientId: string): string => JSON.stringify({ client_id: clientId, ops_role: 'ci', sub: 'schedule' });

/** @throws OpsError `config` where this user may not do the work of a worker */
export async function introduce(client: Client, { clientId }: Presence): Promise<void> {
  await client.query(SESSION, [workerClaims(clientId)]);
  const { rows } = await client.query("select pg_has_role(relowner, 'usage') as owner from pg_class where oid = 'ops.tasks'::regclass");
  if (z.array(z.object({ owner: z.boolean() })).parse(rows)[0]?.owner !== true)
    throw new OpsError('config', 'A worker connects as the owner of schema ops, and this user is another one.', {
      hint: 'Use the connection string with which `odoo-ops control-plane migrate` was run.',
    });
}

/** Runs `use` while no other worker does: two that make the queue at once would stand in each other's way. */
export async function alone<T>(client: Client, use: () => Promise<T>): Promise<T> {
  await client.query('select pg_advisory_lock($1)', [LOCK]);
  return use().finally(() => client.query('select pg_advisory_unlock($1)', [LOCK]));
}

/**
 * Says that the workers of a pool live: the lock goes with this connection, however the process ends, and jobs of a pool without its lock
 * are given to others. Held before the pool takes its first job.
 */
export async function hold(client: Client, pool: string): Promise<void> {
  await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [pool]);
}

// Asked of the list of locks: to try a lock would succeed with our own.
const DEAD = `select distinct locked_by from ${QUEUE}.jobs where locked_by is not null and hashtextextended(locked_by, 0) not in (
    select (classid::bigint << 32) | objid::bigint from pg_locks
    where locktype = 'advisory' and objsubid = 1 and granted and database = (select oid from pg_database where datname = current_database()))`;

/** A job whose worker died in its last attempt: nobody takes it up, and nobody else would say so. */
const EXHAUSTED = `with lost as (
    select id, key from ${QUEUE}.jobs where locked_at is null and attempts >= max_attempts
  ), told as (
    update ops.tasks set state = 'failed', finished_at = now(), message = 'Its worker died in the last attempt.'
    from lost where client_id = $1 and ops.tasks.id::text = lost.key and finished_at is null returning lost.id
  )
  select id from told`;

// Also one that is said to run: a job leaves the queue after its task has ended, so it was lost with the queue.
const ENQUEUE = `select ${QUEUE}.add_job(
    identifier => client_id || '/' || kind, payload => json_build_object('id', id), job_key => id::text,
    max_attempts => ($2::jsonb ->> kind)::int, job_key_mode => 'unsafe_dedupe')
  from (
    select * from ops.tasks
    where client_id = $1 and finished_at is null and $2::jsonb ? kind and not exists (select from ${QUEUE}.jobs where jobs.key = tasks.id::text)
    order by requested_at limit 1000
  ) as waiting`;

/** What came of a look. */
export interface Look {
  /** Pools whose jobs were given away. */
  dead: string[];
  /** Tasks that were queued. */
  queued: number;
}

/**
 * Looks after the queue: gives away jobs of workers that died, says which died in the last attempt, and queues tasks that were asked for.
 * One worker at a time does it.
 */
export async function lookAfter(client: Client, { clientId, attempts }: Presence): Promise<Look> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const { rows } = await client.query(DEAD);
    const dead = z.array(z.object({ locked_by: z.string() })).parse(rows);
    const names = dead.map(({ locked_by }) => locked_by);
    if (names.length > 0) await client.query(`select ${QUEUE}.force_unlock_workers($1)`, [names]);
    const { rows: lost } = await client.query<{ id: string }>(EXHAUSTED, [clientId]);
    if (lost.length > 0) await client.query(`select ${QUEUE}.complete_jobs($1::bigint[])`, [lost.map(({ id }) => id)]);
    const { rowCount } = await client.query(ENQUEUE, [clientId, JSON.stringify(attempts)]);
    await client.query('commit');
    return { dead: names, queued: rowCount ?? 0 };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Jobs that were cut short by the stop are taken up at once, and the attempt does not count. */
export async function giveBack(client: Client, jobs: readonly { job: string; attempts: number }[]): Promise<void> {
  for (const { job, attempts } of jobs)
    await client.query(`select ${QUEUE}.reschedule_jobs(array[$1::bigint], run_at => now(), attempts => $2)`, [job, attempts]);
}
