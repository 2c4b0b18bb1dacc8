import type { Client } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import { literal } from '../../../core/neutralisation/statement.ts';
import type { CopyStrategy } from '../../../core/pr-environments/database-server.ts';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import type { Stamp } from '../../../core/pr-environments/thing.ts';
import { urlOf } from './address.ts';
import { copyDatabase } from './copy.ts';
import { requireSafe } from './describe.ts';
import { dropDatabase, dropRole } from './drop.ts';
import { findDatabase, findRole, ourDatabases } from './inventory.ts';
import { giveAll } from './ownership.ts';
import { takeRightsBack } from './rights.ts';
import { makeRole, proveConfined } from './role.ts';
import { inSession, inTransaction, LONG, type ServerOptions } from './session.ts';
import { databaseName, identifier, templateRole } from './sql.ts';
import { commentText } from './stamp.ts';

/** Made beforehand by who makes the database: they would belong to the environment's role, and a template of it would hang on that. */
const EXTENSIONS = ['pg_trgm', 'unaccent'];

export interface CreateOptions {
  from: string | null;
  password: string;
  stamp: Stamp;
}

/** Opens a copy to its owner, and to nobody else. Others of ours that an environment opened are closed again. */
async function openDatabase(client: Client, name: string, stamp: Stamp): Promise<void> {
  const close = (database: string) => client.query(`revoke all on database ${identifier(database)} from public`);
  await inTransaction(client, async () => {
    await close(name);
    await client.query(`comment on database ${identifier(name)} is ${literal(commentText(stamp))}`);
    await client.query(`alter database ${identifier(name)} allow_connections true`);
  });
  const { rows } = await client.query<{ name: string }>(
    `select distinct d.datname::text as name from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     where a.grantee = 0 and d.datallowconn`,
  );
  const ours = new Set((await ourDatabases(client)).map((database) => database.name));
  for (const open of rows.filter((row) => ours.has(row.name))) await close(open.name);
}

/** @throws OpsError `rejected` for a database that is no template of this project */
async function requireTemplate(client: Client, project: string, from: string): Promise<void> {
  const role = templateRole(project);
  const found = await findDatabase(client, from, (stamp) => stamp.project === project && stamp.number === null);
  if (found?.owner.name === role) return;
  throw new OpsError('rejected', `There is no template ${from}.`, {
    hint: 'Make one: `odoo-ops pr template`.',
    details: { template: from },
  });
}

/** See the port. What fails or is cancelled takes back what it made. */
export async function createDatabase(
  server: ServerOptions,
  { identity, id }: Attempt,
  options: CreateOptions,
  signal: AbortSignal,
): Promise<{ strategy: CopyStrategy; bytes: number; ms: number }> {
  const name = databaseName(identity);
  const { from, stamp } = options;
  if (stamp.project !== identity.project || stamp.number !== identity.number || stamp.attempt !== id) {
    throw new OpsError('usage', `The stamp is not that of pull request ${identity.number}.`);
  }
  const isOurs = (found: Stamp) => found.project === identity.project && found.number === identity.number;
  const began = Date.now();
  const made = { role: false };
  try {
    const strategy = await inSession(
      server,
      signal,
      async (client) => {
        await requireSafe(client);
        if (from !== null) await requireTemplate(client, identity.project, from);
        await findRole(client, name, isOurs);
        if (await findDatabase(client, name, isOurs)) await dropDatabase(client, name);
        await takeRightsBack(server, client, name, signal);
        await makeRole(client, name, options);
        made.role = true;
        const how = await copyDatabase(client, { name, owner: name, from });
        await openDatabase(client, name, stamp);
        return how;
      },
      { timeout: LONG },
    );
    const inside = async (client: Client): Promise<void> => {
      if (from === null) await addExtensions(client);
      else await giveAll(client, name);
    };
    await inSession(server, signal, inside, { url: urlOf(server.url, name), timeout: LONG });
    const bytes = await inSession(server, signal, (client) => proveConfined(client, name));
    return { strategy, bytes, ms: Date.now() - began };
  } catch (error) {
    if (made.role) await takeBack(server, name, stamp).catch(() => undefined);
    throw error;
  }
}

async function addExtensions(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select name from pg_available_extensions where name = any ($1)', [EXTENSIONS]);
  for (const { name } of rows) await client.query(`create extension if not exists ${identifier(name)} schema public`);
}

/** Not with the signal of the attempt, which may have fired: what it made goes all the same. */
async function takeBack(server: ServerOptions, name: string, { attempt }: Stamp): Promise<void> {
  const signal = AbortSignal.timeout(LONG);
  await inSession(server, signal, async (client) => {
    const isOurs = (stamp: Stamp) => stamp.attempt === attempt;
    if (await findDatabase(client, name, isOurs)) await dropDatabase(client, name);
    if (!(await findRole(client, name, isOurs))) return;
    await takeRightsBack(server, client, name, signal);
    await dropRole(client, name);
  });
}
