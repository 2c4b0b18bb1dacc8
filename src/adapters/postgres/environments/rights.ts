import type { Client } from 'pg';
import { urlOf } from './address.ts';
import { ourDatabases } from './inventory.ts';
import { inSession, inTransaction, type ServerOptions } from './session.ts';
import { identifier, requireOurs } from './sql.ts';

/** Milliseconds for a lock: who holds a table of theirs must not hold us up. */
const LOCKED = 3000;

interface Held {
  /** The one that it is in; null for what stands outside of databases. */
  database: string | null;
  owns: boolean;
  /** Code of the database runs for each who connects. */
  greets: boolean;
}

// Memberships go with a role. A database of PostgreSQL 17 or newer says whether it has (or had) an event trigger for logins.
const HELD = `
  select d.datname::text as database, bool_or(s.deptype = 'o') as owns,
    coalesce(bool_or((to_jsonb(d) ->> 'dathasloginevt')::boolean), false) as greets
  from pg_shdepend s left join pg_database d on d.oid = s.dbid
  where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_roles where rolname = $1)
    and s.classid <> 'pg_auth_members'::regclass group by 1`;
const ON_DATABASES = `
  select distinct d.datname::text as database, g.rolname::text as grantor
  from pg_database d, aclexplode(d.datacl) a join pg_roles g on g.oid = a.grantor join pg_roles r on r.oid = a.grantee
  where r.rolname = $1 and d.datdba <> a.grantee`;

/**
 * Takes back the rights that others gave to a role of ours: any environment may give some on its own database, and PostgreSQL drops no role that has
 * rights. What it may not or cannot take stays, and `dropRole` says so: rights in databases that are not ours, and those that an
 * environment passed on for another one. A role that owns something keeps all of it.
 * @throws OpsError `unreachable`, `cancelled`
 */
export async function takeRightsBack(server: ServerOptions, client: Client, name: string, signal: AbortSignal): Promise<void> {
  const role = identifier(requireOurs(name));
  const { rows: held } = await client.query<Held>(HELD, [name]);
  if (held.length === 0 || held.some(({ owns }) => owns)) return;
  const asFarAsItGoes = async (work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
  };
  const { rows: grants } = await client.query<{ database: string; grantor: string }>(ON_DATABASES, [name]);
  for (const { database, grantor } of grants) {
    const revoke = async (): Promise<void> => {
      // Only what the current role gave is revoked.
      await client.query(`set local role ${identifier(grantor)}`);
      await client.query(`revoke all on database ${identifier(database)} from ${role} cascade`);
    };
    await asFarAsItGoes(() => inTransaction(client, revoke));
  }
  const ours = new Set((await ourDatabases(client)).map((database) => database.name));
  for (const { database, greets } of held) {
    if (database === null || greets || !ours.has(database)) continue;
    const url = urlOf(server.url, database);
    await asFarAsItGoes(() => inSession(server, signal, (inside) => takeInside(inside, role), { url }));
  }
}

/** The database belongs to code of a pull request: nothing of it may run with our rights, and none of its settings holds. */
async function takeInside(client: Client, role: string): Promise<void> {
  await client.query('set role none');
  await client.query(`set default_transaction_read_only = off; set lock_timeout = ${LOCKED}`);
  // Event triggers of a copy are staging's, their functions the environment's.
  if ((await client.query(`select from pg_event_trigger where evtenabled <> 'D'`)).rows.length > 0) return;
  // It owns nothing, so this drops nothing: it takes rights, and the role's name out of policies.
  await client.query(`drop owned by ${role}`);
}
