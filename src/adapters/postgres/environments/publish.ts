import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import { literal } from '../../../core/neutralisation/statement.ts';
import type { Template } from '../../../core/pr-environments/database-server.ts';
import type { Stamp } from '../../../core/pr-environments/thing.ts';
import { urlOf } from './address.ts';
import { dropDatabase } from './drop.ts';
import { findDatabase, findRole } from './inventory.ts';
import { giveAll, requireNoWayOut } from './ownership.ts';
import { joinRole } from './role.ts';
import { inSession, inTransaction, LONG, type ServerOptions } from './session.ts';
import { identifier, requireOurs, templateName, templateRole } from './sql.ts';
import { commentText } from './stamp.ts';

/** Milliseconds after which a template that never got complete may be swept. */
const UNFINISHED = 6 * 3600_000;

/** The role that owns a project's templates; made with its stamp where it is not there yet. */
async function requireOwner(client: Client, stamp: Stamp): Promise<string> {
  const name = templateRole(stamp.project);
  await inTransaction(client, async () => {
    // Two that come at once: one of them makes it.
    await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [name]);
    if (await findRole(client, name, ({ project, number }) => project === stamp.project && number === null)) return;
    const own: Stamp = { ...stamp, commit: null, branch: null, expires_at: null };
    await client.query(`create role ${identifier(name)} nologin nosuperuser nocreatedb nocreaterole`);
    await client.query(`comment on role ${identifier(name)} is ${literal(commentText(own))}`);
  });
  await client.query(joinRole(name));
  return name;
}

/** A database on the way to become a template: closed, and marked so that a sweep takes it where nobody finishes it. */
export interface Unfinished {
  database: string;
  owner: string;
}

/**
 * Makes one, by `fill`, and puts it in the place of what has its name, in one transaction. What fails or is cancelled leaves what was there.
 * @param fill makes the database of that name, closed, and puts all into it
 */
export async function makeTemplate(
  server: ServerOptions,
  name: string,
  stamp: Stamp,
  fill: (client: Client, made: Unfinished) => Promise<void>,
  signal: AbortSignal,
): Promise<Template> {
  if (stamp.number !== null || stamp.attempt !== null) {
    throw new OpsError('usage', 'A template belongs to no pull request.', { hint: 'Stamp it with number and attempt null.' });
  }
  const final = templateName(stamp.project, name);
  const database = requireOurs(`${templateRole(stamp.project)}_${randomBytes(4).toString('hex')}`);
  try {
    return await inSession(
      server,
      signal,
      async (client) => {
        const owner = await requireOwner(client, stamp);
        await fill(client, { database, owner });
        await publish(client, { database, final, name, stamp });
        const { rows } = await client.query<{ bytes: number }>('select pg_database_size($1::name)::float8 as bytes', [final]);
        return { database: final, name, stamp, bytes: rows[0]?.bytes ?? 0 };
      },
      { timeout: LONG },
    );
  } catch (error) {
    await inSession(server, AbortSignal.timeout(LONG), async (client) => {
      if (await findDatabase(client, database, () => true)) await dropDatabase(client, database);
    }).catch(() => undefined);
    throw error;
  }
}

const unfinished = (stamp: Stamp): string =>
  commentText({ ...stamp, expires_at: new Date(Date.parse(stamp.created_at) + UNFINISHED).toISOString() });

/** Says of a new database whose it is, and that it is not complete. */
export async function markUnfinished(client: Client, { database }: Unfinished, stamp: Stamp): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(`revoke all on database ${identifier(database)} from public`);
    await client.query(`comment on database ${identifier(database)} is ${literal(unfinished(stamp))}`);
  });
}

interface Swap {
  database: string;
  final: string;
  name: string;
  stamp: Stamp;
}

async function publish(client: Client, { database, final, name, stamp }: Swap): Promise<void> {
  const retired = `${database}_old`;
  const replaced = await inTransaction(client, async () => {
    await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [final]);
    const old = await findDatabase(client, final, (found) => found.project === stamp.project && found.number === null);
    if (old) {
      const over = { ...old.stamp, expires_at: old.stamp.created_at };
      await client.query(`alter database ${identifier(final)} rename to ${identifier(retired)}`);
      await client.query(`comment on database ${identifier(retired)} is ${literal(commentText(over))}`);
    }
    await client.query(`alter database ${identifier(database)} allow_connections false`);
    await client.query(`alter database ${identifier(database)} rename to ${identifier(final)}`);
    await client.query(`comment on database ${identifier(final)} is ${literal(commentText(stamp, { template: name }))}`);
    return old !== null;
  });
  // One that is being copied at this moment stays until a sweep takes it.
  if (replaced) await dropDatabase(client, retired).catch(() => undefined);
}

/** All in a closed database to its owner: it is open meanwhile, to those who own it. */
export async function giveTemplate(
  server: ServerOptions,
  client: Client,
  { database, owner }: Unfinished,
  signal: AbortSignal,
): Promise<void> {
  await client.query(`alter database ${identifier(database)} allow_connections true`);
  await inSession(
    server,
    signal,
    async (inside) => {
      await giveAll(inside, owner);
      await requireNoWayOut(inside);
    },
    { url: urlOf(server.url, database), timeout: LONG },
  );
  await client.query(`alter database ${identifier(database)} allow_connections false`);
}
