import { OpsError } from '../../../core/errors.ts';
import type { Template } from '../../../core/pr-environments/database-server.ts';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import type { Stamp } from '../../../core/pr-environments/thing.ts';
import { copyDatabase } from './copy.ts';
import { findDatabase, ourDatabases } from './inventory.ts';
import { giveTemplate, makeTemplate, markUnfinished } from './publish.ts';
import { inSession, type ServerOptions } from './session.ts';
import { databaseName } from './sql.ts';

/** Makes a template of an environment's database, where nothing in it hangs on the environment's role. @throws OpsError `rejected` */
export async function keepAsTemplate(
  server: ServerOptions,
  { identity }: Attempt,
  name: string,
  stamp: Stamp,
  signal: AbortSignal,
): Promise<Template> {
  const source = databaseName(identity);
  return makeTemplate(
    server,
    name,
    stamp,
    async (client, made) => {
      const found = await findDatabase(client, source, ({ project, number }) => project === identity.project && number === identity.number);
      if (!found) throw new OpsError('rejected', `There is no database ${source} to make a template of.`);
      await copyDatabase(client, { name: made.database, owner: made.owner, from: source });
      await markUnfinished(client, made, stamp);
      await giveTemplate(server, client, made, signal);
      const { rows } = await client.query<{ what: string }>(
        `select distinct s.classid::regclass::text as what from pg_shdepend s join pg_database d on d.oid = s.dbid join pg_roles r on r.oid = s.refobjid
         where s.refclassid = 'pg_authid'::regclass and d.datname = $1 and r.rolname = $2`,
        [made.database, source],
      );
      if (rows.length === 0) return;
      throw new OpsError('rejected', `${source} is no template: ${rows.map(({ what }) => what).join(', ')} in it hang on its own role.`, {
        hint: 'An extension that a module made, or a right that it gave itself: make the environment without that module, or keep no template of it.',
      });
    },
    signal,
  );
}

/** Templates of a project that are complete. */
export async function listTemplates(server: ServerOptions, project: string, signal: AbortSignal): Promise<Template[]> {
  return inSession(server, signal, async (client) => {
    const found = (await ourDatabases(client)).filter(({ stamp, template }) => template !== null && stamp.project === project);
    const { rows } = await client.query<{ name: string; bytes: number }>(
      'select datname::text as name, pg_database_size(oid)::float8 as bytes from pg_database where datname = any ($1)',
      [found.map(({ name }) => name)],
    );
    const bytes = new Map(rows.map((row) => [row.name, row.bytes]));
    return found.map(({ name, stamp, template }) => ({ database: name, name: template ?? '', stamp, bytes: bytes.get(name) ?? 0 }));
  });
}
