import type { Client } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import { literal } from '../../../core/neutralisation/statement.ts';
import type { Stamp } from '../../../core/pr-environments/thing.ts';
import { dropRole } from './drop.ts';
import { scramVerifier } from './scram.ts';
import { inTransaction } from './session.ts';
import { identifier } from './sql.ts';
import { commentText } from './stamp.ts';

/** Connections that an environment's role may have: its Odoo (`db_maxconn` below it), a job, a look from outside. */
const ROLE_CONNECTIONS = 24;

/** So that a role that is no superuser can hand databases to it. */
export const joinRole = (role: string): string =>
  `do $$ begin if not (select rolsuper from pg_roles where rolname = current_user) then grant ${identifier(role)} to current_user; end if; end $$`;

/** The stamp comes with the role in one transaction: what is cut off leaves nothing that a sweep does not see. */
export async function makeRole(client: Client, name: string, { password, stamp }: { password: string; stamp: Stamp }): Promise<void> {
  const verifier = await scramVerifier(password);
  const role = identifier(name);
  await inTransaction(client, async () => {
    // Anew: settings and rights that the last build gave itself go with it.
    await dropRole(client, name);
    // It inherits: to be the owner of the schema public, as its database's owner, is something that a role inherits in PostgreSQL 15.
    await client.query(
      `create role ${role} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit
       connection limit ${ROLE_CONNECTIONS} password ${literal(verifier)}`,
    );
    await client.query(`alter role ${role} set statement_timeout = 0`);
    await client.query(`comment on role ${role} is ${literal(commentText(stamp))}`);
    await client.query(joinRole(name));
  });
}

const PROOF = `
  select array(select d.datname::text from pg_database d where d.datallowconn and d.datname not in ($1, 'postgres')
      and has_database_privilege(r.oid, d.oid, 'CONNECT')) as reaches,
    has_database_privilege(r.oid, $1, 'CONNECT') and has_database_privilege(r.oid, 'postgres', 'CONNECT') as connects,
    r.rolsuper or r.rolcreatedb or r.rolcreaterole or r.rolreplication or r.rolbypassrls
      or exists (select from pg_auth_members m where m.member = r.oid) as privileged,
    array(select pg_describe_object(s.classid, s.objid, 0) from pg_shdepend s where s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid
      and s.deptype = 'o' and s.dbid = 0 and not (s.classid = 'pg_database'::regclass and s.objid = d.oid)) as owns,
    pg_database_size(d.oid)::float8 as bytes
  from pg_roles r, pg_database d where r.rolname = $1 and d.datname = $1`;

/** Asks the server what the new role may: what was meant is no proof. @returns bytes of its database */
export async function proveConfined(client: Client, name: string): Promise<number> {
  const { rows } = await client.query<{ reaches: string[]; connects: boolean; privileged: boolean; owns: string[]; bytes: number }>(PROOF, [
    name,
  ]);
  const [proof] = rows;
  const wrong = !proof
    ? 'is not there'
    : proof.reaches.length > 0
      ? `may connect to ${proof.reaches.join(', ')}`
      : proof.privileged
        ? 'has rights of a role that is not its own'
        : proof.owns.length > 0
          ? `owns ${proof.owns.join(', ')} besides`
          : proof.connects
            ? null
            : 'may not connect to its own database, or to postgres';
  if (wrong === null && proof) return proof.bytes;
  throw new OpsError('rejected', `Role ${name} ${wrong ?? ''}: an environment with it would not be locked in.`, {
    hint: 'Look at the rights of the server: \\l and \\du in psql.',
  });
}
