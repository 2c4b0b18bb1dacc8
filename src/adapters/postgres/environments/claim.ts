import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Notification } from 'pg';
import { OpsError, toOpsError } from '../../../core/errors.ts';
import type { Claim } from '../../../core/pr-environments/database-server.ts';
import { serverError, type ServerOptions } from './session.ts';

/** Milliseconds between two tries to get what another one holds. */
const RETRY = 100;
/** Milliseconds between two looks whether the connection still lives. */
const HEARTBEAT = 5000;
/** Milliseconds that whoever was told to end gets for it; then its connection is ended. */
const PATIENCE = 60_000;

// A side that vanished without a word (a laptop that sleeps) is noticed in half a minute, and its claim ends.
const SETTINGS = `set idle_session_timeout = 0; set statement_timeout = 10000; set search_path = pg_catalog, pg_temp;
  set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3`;

/** Anybody may notify, environments too: only who may make environments is listened to. */
const IS_OURS = `select from pg_stat_activity a join pg_roles r on r.oid = a.usesysid where a.pid = $1 and (r.rolsuper or r.rolcreaterole)`;
const KEY = '((l.classid::int8 << 32) | l.objid::int8)';
const HOLDERS = `select l.pid, ${KEY}::text as key, r.rolsuper or r.rolcreaterole as ours from pg_locks l join pg_stat_activity a on a.pid = l.pid join pg_roles r on r.oid = a.usesysid
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.database = (select oid from pg_database where datname = current_database())
    and ${KEY} = any ($1::int8[])`;

const keyOf = (name: string): string => createHash('sha256').update(`odoo-ops claim ${name}`).digest().readBigInt64BE().toString();

interface Holder {
  pid: number;
  key: string;
  /** Whether it may make environments; anybody else holds nothing that counts. */
  ours: boolean;
}

/** Those of some names that somebody who may make environments holds. */
export async function claimedNames(client: Client, names: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<Holder>(HOLDERS, [names.map(keyOf)]);
  const held = new Set(rows.filter(({ ours }) => ours).map(({ key }) => key));
  return names.filter((name) => held.has(keyOf(name)));
}

async function connect({ url, timeout }: ServerOptions): Promise<Client> {
  const { default: PgClient } = await import('pg/lib/client.js');
  return new PgClient({
    connectionString: url,
    application_name: 'odoo-ops claim',
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
    keepAlive: true,
  });
}

/**
 * Takes an environment by an advisory lock of its own connection, which ends with this process whatever ends it. Claims are numbered by
 * the server (transaction ids only grow); a newer one notifies, and whoever holds or waits with a smaller number ends.
 * @param patience milliseconds
 * @returns null where another one holds it and `wait` is false
 * @throws OpsError `moved` where a newer one came while this one waited, `unreachable`, `rejected`, `cancelled`
 */
export async function claimName(
  server: ServerOptions,
  name: string,
  { wait, patience = PATIENCE }: { wait: boolean; patience?: number },
  signal: AbortSignal,
): Promise<Claim | null> {
  if (signal.aborted) throw toOpsError(signal.reason);
  const key = keyOf(name);
  const channel = `odoo_ops_claim_${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  const client = await connect(server);
  const ended = new AbortController();
  const end = (reason: OpsError): void => {
    ended.abort(reason);
    clearInterval(heartbeat);
    client.end().catch(() => undefined);
  };
  const broken = (error: unknown): void =>
    end(new OpsError('unreachable', `The claim on ${name} is lost: ${serverError(error).message}`, { cause: error }));
  const released = new OpsError('cancelled', 'The claim was given back.');
  client.on('error', broken);
  client.on('end', () => broken(new Error('the connection ended')));
  const cancelled = (): void => end(toOpsError(signal.reason));
  signal.addEventListener('abort', cancelled, { once: true });
  // One after another: a heartbeat and a notice come when they want.
  let last: Promise<unknown> = Promise.resolve();
  const ask = <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> => {
    const answer = last.then(async () => (await client.query<T>(sql, values)).rows);
    last = answer.catch(() => undefined);
    return answer;
  };
  let ticket: bigint | null = null;
  const heartbeat = setInterval(() => {
    if (ticket !== null) ask('select 1').catch(broken);
  }, HEARTBEAT);
  heartbeat.unref();
  // What comes together with the number is heard before the number is known here.
  const early: Notification[] = [];
  const onNotice = async (notice: Notification): Promise<void> => {
    if (ticket === null) return void early.push(notice);
    const { processId, payload = '' } = notice;
    if (!/^\d{1,20}$/.test(payload) || BigInt(payload) <= ticket) return;
    if ((await ask(IS_OURS, [processId])).length === 0) return;
    end(new OpsError('moved', `A newer build of ${name} began.`, { hint: 'It goes on with the newest commit.' }));
  };
  client.on('notification', (notice) => void onNotice(notice).catch(broken));

  const tryLock = async (): Promise<boolean> =>
    (await ask<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [key]))[0]?.got === true;
  const askedAt = Date.now();
  /** Ends who has no right to hold it, and who had long enough to end. @returns whether there was one */
  const evict = async (): Promise<boolean> => {
    const holders = await ask<Holder>(HOLDERS, [[key]]);
    const over = holders.filter(({ ours }) => !ours || (wait && Date.now() - askedAt > patience));
    for (const { pid } of over) await ask('select pg_terminate_backend($1)', [pid]);
    return over.length > 0;
  };
  try {
    await client.connect();
    await client.query(SETTINGS);
    // First it listens, then it has a number: who comes later is heard.
    await client.query(`listen ${channel}`);
    const announce = wait ? `, pg_notify('${channel}', pg_current_xact_id()::text)` : '';
    ticket = BigInt((await ask<{ ticket: string }>(`select pg_current_xact_id()::text as ticket${announce}`))[0]?.ticket ?? '0');
    for (const notice of early) await onNotice(notice);
    while (!(await tryLock())) {
      if (!(await evict()) && !wait) {
        end(released);
        return null;
      }
      await sleep(RETRY, undefined, { signal: ended.signal });
    }
    if (ended.signal.aborted) throw toOpsError(ended.signal.reason);
  } catch (error) {
    const reason = ended.signal.aborted ? toOpsError(ended.signal.reason) : serverError(error);
    end(reason);
    throw reason;
  } finally {
    signal.removeEventListener('abort', cancelled);
  }
  return {
    signal: ended.signal,
    release: async () => {
      clearInterval(heartbeat);
      client.removeAllListeners('end');
      await client.end().catch(() => undefined);
    },
  };
}
