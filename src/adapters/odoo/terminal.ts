import { programOf, shellArguments } from '../../core/devserver/arguments.ts';
import type { DevServerOptions } from '../../core/devserver/options.ts';
import { completeAddonsPath } from './addons-path.ts';
import { requireProgram } from './find-odoo.ts';
import type { RunAs } from './run-as.ts';
import { connectionOf } from './server-environment.ts';

/** A program for a terminal. What is secret stands in `env`, never among the arguments, which anybody can read. */
export interface TerminalProgram {
  name: string;
  program: string;
  arguments: string[];
  cwd: string;
  /** On top of the terminal's own environment. */
  env: Record<string, string>;
}

/** As root the program runs as the user that Odoo runs as: a database knows that role, and files get the right owner. */
async function asUser(runAs: RunAs | undefined, what: TerminalProgram): Promise<TerminalProgram> {
  if (runAs === undefined) return what;
  return {
    ...what,
    program: await requireProgram('runuser', process.env),
    arguments: ['-u', runAs.user, '--', what.program, ...what.arguments],
    env: { ...what.env, HOME: runAs.home },
  };
}

/** `odoo-bin shell` on the server's database, with its configuration and addons. */
export async function odooShell(options: DevServerOptions): Promise<TerminalProgram> {
  const { runAs } = await connectionOf(options);
  const addonsPath = await completeAddonsPath(options.odooHome, options.addonsPath, () => undefined);
  return asUser(runAs, {
    name: `Odoo shell: ${options.database}`,
    program: options.python,
    arguments: [programOf(options), ...shellArguments({ ...options, addonsPath })],
    cwd: options.odooHome,
    env: options.env,
  });
}

/**
 * `psql` on the server's database, in its role.
 * @throws OpsError `unreachable` where there is no psql
 */
export async function psql(options: DevServerOptions): Promise<TerminalProgram> {
  const { connection, runAs } = await connectionOf(options);
  const { host, port, user, password, sslmode } = connection;
  const variables = {
    PGHOST: host,
    PGPORT: port === undefined ? '' : String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGSSLMODE: sslmode,
  };
  const known = Object.entries(variables).filter(([, value]) => value !== '');
  return asUser(runAs, {
    name: `psql: ${options.database}`,
    program: await requireProgram('psql', { ...process.env, ...options.env }),
    arguments: [],
    cwd: runAs?.home ?? process.cwd(),
    env: { ...options.env, ...Object.fromEntries(known), PGDATABASE: options.database },
  });
}
