import type { Client } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import type { Thing } from '../../../core/pr-environments/thing.ts';
import { asListed, databaseExists, roleExists } from './inventory.ts';
import { takeRightsBack } from './rights.ts';
import type { ServerOptions } from './session.ts';
import { identifier, requireOurs } from './sql.ts';

/** Drops a database that was found to be ours, whoever works in it. */
export async function dropDatabase(client: Client, name: string): Promise<void> {
  const database = identifier(requireOurs(name));
  // Its owner may have called it a template, and PostgreSQL drops none.
  const { rows } = await client.query('select from pg_database where datname = $1 and datistemplate', [name]);
  if (rows.length > 0) await client.query(`alter database ${database} is_template false`);
  await client.query(`drop database if exists ${database} with (force)`);
}

/** What a role owns or may use besides, for people. */
async function heldBy(client: Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(
    `select distinct case when s.dbid = 0 then pg_describe_object(s.classid, s.objid, 0) else 'objects in database ' || d.datname end as what
     from pg_shdepend s left join pg_database d on d.oid = s.dbid
     where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_roles where rolname = $1)
       and s.classid <> 'pg_auth_members'::regclass order by 1`,
    [role],
  );
  return rows.map(({ what }) => what);
}

/** @throws OpsError `rejected` where it still owns something, which is then left alone */
export async function dropRole(client: Client, name: string): Promise<void> {
  const held = await heldBy(client, requireOurs(name));
  if (held.length > 0) {
    throw new OpsError('rejected', `Role ${name} stays: it still holds ${held.slice(0, 3).join(', ')}.`, {
      hint: "Its own database goes first. What else it owns, somebody gave to it: give it to another role. Rights in another environment's database go with that: `odoo-ops pr down`.",
      details: { role: name, held },
    });
  }
  await client.query(`drop role if exists ${identifier(name)}`);
}

/**
 * Takes away a database or a role, after it looked again.
 * @returns false where it is not as listed any more
 * @throws OpsError `rejected` for a role that still owns something
 */
export async function removeThing(server: ServerOptions, client: Client, thing: Thing, signal: AbortSignal): Promise<boolean> {
  const exists = thing.kind === 'database' ? databaseExists : roleExists;
  if (!(await exists(client, thing.id))) return true;
  if (!(await asListed(client, thing))) return false;
  if (thing.kind === 'database') await dropDatabase(client, thing.id);
  else {
    await takeRightsBack(server, client, thing.id, signal);
    await dropRole(client, thing.id);
  }
  return true;
}
