import type { Client } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import type { ServerDescription } from '../../../core/pr-environments/database-server.ts';
import { ourDatabases } from './inventory.ts';
import { identifier } from './sql.ts';

export type Problem = ServerDescription['problems'][number];

/** `STRATEGY` of CREATE DATABASE came with it, and PUBLIC lost the schema public. */
const OLDEST = 15;
const NAMED = 5;

interface Facts {
  version: number;
  role: string;
  may_create: boolean;
  open: string[];
  postgres: boolean;
  public_creates: boolean;
}

const FACTS = `
  select current_setting('server_version_num')::int / 10000 as version, current_user as role,
    (select rolsuper or rolcreatedb and rolcreaterole from pg_roles where rolname = current_user) as may_create,
    array(select d.datname::text from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
      where d.datallowconn and d.datname <> 'postgres' and a.grantee = 0 and a.privilege_type = 'CONNECT' order by 1) as open,
    exists (select from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
      where d.datname = 'postgres' and d.datallowconn and a.grantee = 0 and a.privilege_type = 'CONNECT') as postgres,
    current_database() = 'postgres' and exists (select from pg_namespace n, aclexplode(n.nspacl) a
      where n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE') as public_creates`;

const revoke = (database: string): string => `REVOKE CONNECT ON DATABASE ${identifier(database)} FROM PUBLIC;`;

function* problemsOf({ version, role, may_create, postgres, public_creates }: Facts, open: readonly string[]): Generator<Problem> {
  if (version < OLDEST) {
    const hint = `Use PostgreSQL ${OLDEST} or newer for PR environments.`;
    yield { severity: 'error', message: `The server is PostgreSQL ${version}: it copies databases in one slow way only.`, hint };
  }
  if (!may_create) {
    const message = `Role ${role} may not create databases and roles.`;
    yield { severity: 'error', message, hint: `As a superuser: ALTER ROLE ${identifier(role)} CREATEDB CREATEROLE;` };
  }
  if (open.length > 0) {
    const more = open.length > NAMED ? ` and ${open.length - NAMED} more` : '';
    yield {
      severity: 'error',
      message: `Everybody may connect to ${open.slice(0, NAMED).join(', ')}${more}: code of a pull request could.`,
      hint: `Grant CONNECT to the roles that need it, then: ${open.map(revoke).join(' ')}`,
    };
  }
  if (!postgres) {
    const message = 'Not everybody may connect to the database postgres, which Odoo asks when it starts.';
    yield { severity: 'error', message, hint: 'GRANT CONNECT ON DATABASE postgres TO PUBLIC;' };
  }
  if (public_creates) {
    const message = 'Everybody may create tables in the database postgres.';
    yield { severity: 'warning', message, hint: 'In the database postgres: REVOKE CREATE ON SCHEMA public FROM PUBLIC;' };
  }
}

/** What the server lacks or lets happen. */
export async function findProblems(client: Client): Promise<{ version: number; problems: Problem[] }> {
  const { rows } = await client.query<Facts>(FACTS);
  const [facts] = rows;
  if (!facts) throw new OpsError('unreachable', 'The database server tells nothing of itself.');
  // An environment can open its own database, which harms nobody but itself: the next one to be made closes it again.
  const ours = new Set((await ourDatabases(client)).map(({ name }) => name));
  return {
    version: facts.version,
    problems: [
      ...problemsOf(
        facts,
        facts.open.filter((name) => !ours.has(name)),
      ),
    ],
  };
}

/** @throws OpsError `rejected` where an environment on this server could reach what is not its own */
export async function requireSafe(client: Client): Promise<{ version: number }> {
  const { version, problems } = await findProblems(client);
  const error = problems.find(({ severity }) => severity === 'error');
  if (error) throw new OpsError('rejected', error.message, { hint: error.hint, details: { problems } });
  return { version };
}
