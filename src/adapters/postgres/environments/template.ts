import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { isOpsError, OpsError } from '../../../core/errors.ts';
import type { Template } from '../../../core/pr-environments/database-server.ts';
import type { Stamp } from '../../../core/pr-environments/thing.ts';
import { bytesText } from '../../../core/text.ts';
import { addressOf, urlOf } from './address.ts';
import { copyDatabase } from './copy.ts';
import { dumpAndRestore, programVersion } from './dump.ts';
import { giveTemplate, makeTemplate, markUnfinished, type Unfinished } from './publish.ts';
import { requireNoWayOut } from './ownership.ts';
import { inSession, LONG, type ServerOptions } from './session.ts';
import { identifier } from './sql.ts';

/** Milliseconds between two reports of how far it is. */
const REPORT = 2000;

export interface StagingOptions {
  /** Connection string of staging's database, on this server or another one; a secret. */
  source: string;
  /** `number` and `attempt` null; `commit` is what staging runs. */
  stamp: Stamp;
  report: (line: string) => void;
}

export interface StagingTemplate {
  template: Template;
  how: 'copy' | 'dump';
  ms: number;
}

interface Source {
  version: number;
  /** In schema public; one in another schema comes with its schema. */
  extensions: string[];
  /** On the server of the environments, and nobody works in it: it can be copied as it lies there. */
  isCopyable: boolean;
}

/** Somebody else in it, or an owner whose things we may not give away. */
const IN_USE = `
  select exists (select from pg_stat_activity where datname = $1 and backend_type = 'client backend' and pid <> $2)
    or exists (select from pg_database d join pg_shdepend s on s.dbid = d.oid where d.datname = $1 and s.refclassid = 'pg_authid'::regclass
      and s.deptype = 'o' and not pg_has_role(s.refobjid, 'USAGE'))
    or not exists (select from pg_database d where d.datname = $1 and (pg_has_role(d.datdba, 'USAGE'))) as busy`;
const HELD = `select from pg_locks where locktype = 'advisory' and pid = $1 and classid::int8 = $2 and objid::int8 = $3`;

/** Two servers may look alike (one restored from the other): a lock that is taken here and seen there is a proof. */
async function isSameServer(here: Client, there: Client): Promise<{ same: boolean; pid: number }> {
  const keys = [randomBytes(4), randomBytes(4)].map((bytes) => bytes.readUInt32BE() >>> 1);
  const { rows } = await there.query<{ pid: number }>('select pg_backend_pid() as pid, pg_advisory_lock($1::int, $2::int)', keys);
  const pid = rows[0]?.pid ?? 0;
  return { pid, same: (await here.query(HELD, [pid, ...keys])).rows.length > 0 };
}

async function lookAt(server: ServerOptions, client: Client, url: string, signal: AbortSignal): Promise<Source> {
  return inSession({ ...server, url }, signal, async (there) => {
    await requireNoWayOut(there);
    const { rows } = await there.query<{ version: number; odoo: boolean; extensions: string[] }>(
      `select current_setting('server_version_num')::int / 10000 as version, to_regclass('public.ir_module_module') is not null as odoo,
           array(select extname::text from pg_extension where extname <> 'plpgsql' and extnamespace = 'public'::regnamespace order by 1) as extensions`,
    );
    const { version = 0, odoo = false, extensions = [] } = rows[0] ?? {};
    if (!odoo) {
      throw new OpsError('rejected', `${addressOf(url).database} is no database of Odoo: it has no table ir_module_module.`, {
        hint: "Name staging's database in the connection string.",
      });
    }
    const { same, pid } = await isSameServer(client, there);
    if (!same) return { version, extensions, isCopyable: false };
    const { rows: uses } = await client.query<{ busy: boolean }>(IN_USE, [addressOf(url).database, pid]);
    return { version, extensions, isCopyable: uses[0]?.busy === false };
  });
}

/** @throws OpsError `config` where the programs here are too old to read staging */
async function requirePrograms({ version }: Source, signal: AbortSignal): Promise<void> {
  for (const program of ['pg_dump', 'pg_restore']) {
    const own = await programVersion(program, signal);
    if (own >= version) continue;
    throw new OpsError('config', `${program} is of PostgreSQL ${own}, and staging is ${version}: it does not read newer ones.`, {
      hint: `Install postgresql-client-${version}, and let it come first in PATH.`,
      details: { program, own, version },
    });
  }
}

async function restoreInto(
  server: ServerOptions,
  client: Client,
  made: Unfinished,
  source: Source,
  { source: url, stamp, report }: StagingOptions,
  signal: AbortSignal,
): Promise<void> {
  await requirePrograms(source, signal);
  await client.query('set idle_session_timeout = 0');
  await copyDatabase(client, { name: made.database, owner: made.owner, from: null });
  await markUnfinished(client, made, stamp);
  await client.query(`alter database ${identifier(made.database)} allow_connections true`);
  const inside = { url: urlOf(server.url, made.database), timeout: LONG };
  // By who makes it: the owner of the template may make only those that PostgreSQL trusts.
  await inSession(
    server,
    signal,
    async (database) => {
      for (const name of source.extensions)
        await database.query(`create extension if not exists ${identifier(name)} schema public cascade`);
    },
    inside,
  );
  let bytes = 0;
  let reported = Date.now();
  const onBytes = (more: number): void => {
    bytes += more;
    if (Date.now() - reported < REPORT) return;
    reported = Date.now();
    report(`${bytesText(bytes)} of staging copied`);
  };
  const { database, owner } = made;
  await dumpAndRestore({ source: url, target: server.url, database, owner, onBytes }, signal);
  // A dump brings no statistics: without them each copy would be slow until its server looked at it.
  await inSession(server, signal, (open) => open.query('analyze'), inside);
  await giveTemplate(server, client, made, signal);
}

/**
 * Makes the template `staging` anew: the old one stays until the new one is complete, and where this fails or is cancelled.
 * @throws OpsError `rejected` (what the servers or pg_dump said), `config` (programs missing or too old), `unreachable`, `cancelled`
 */
export async function makeStagingTemplate(server: ServerOptions, options: StagingOptions, signal: AbortSignal): Promise<StagingTemplate> {
  const { source: url, stamp, report } = options;
  const began = Date.now();
  let how: StagingTemplate['how'] = 'dump';
  const template = await makeTemplate(
    server,
    'staging',
    stamp,
    async (client, made) => {
      const source = await lookAt(server, client, url, signal);
      if (source.isCopyable) {
        try {
          await copyDatabase(client, { name: made.database, owner: made.owner, from: addressOf(url).database }, 1);
          how = 'copy';
        } catch (error) {
          if (!isOpsError(error, 'rejected')) throw error;
          report('Somebody came to work in staging: it is dumped instead of copied.');
        }
      }
      if (how === 'dump') return restoreInto(server, client, made, source, options, signal);
      await markUnfinished(client, made, stamp);
      await giveTemplate(server, client, made, signal);
    },
    signal,
  );
  return { template, how, ms: Date.now() - began };
}
