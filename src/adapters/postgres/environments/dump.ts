import { spawn, type ChildProcess } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { OpsError, toOpsError } from '../../../core/errors.ts';
import { addressOf, urlOf } from './address.ts';

/** Parameters of a connection string that the programs of PostgreSQL take as variables. */
const VARIABLES: Readonly<Record<string, string>> = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  options: 'PGOPTIONS',
};
/** Milliseconds that a program gets to end by itself. */
const GRACE = 2000;
const KEPT_LINES = 5;

/** What a program of PostgreSQL needs to connect: the password is nobody's argument. */
export function programEnvironment(url: string, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { host, port, user, password, database, parameters } = addressOf(url);
  const inherited = Object.entries(base).filter(([name]) => !name.startsWith('PG') && !/^LC_|^LANG/.test(name));
  const more = [...parameters].flatMap(([name, value]) => (VARIABLES[name] === undefined ? [] : [[VARIABLES[name], value]]));
  const own = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database, PGCONNECT_TIMEOUT: '15' };
  return { ...(Object.fromEntries([...inherited, ...more]) as NodeJS.ProcessEnv), ...own, LC_ALL: 'C' };
}

function missing(program: string, error: unknown): OpsError {
  return new OpsError('config', `${program} cannot be started.`, {
    hint: 'Install the client programs of PostgreSQL (postgresql-client), of the version of staging or newer.',
    cause: error,
  });
}

/** Ends with the program: what it said where it failed, null where all went well. */
function ended(child: ChildProcess, program: string): Promise<string | null> {
  const lines: string[] = [];
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = (parts.pop() ?? '').slice(-500);
    lines.push(...parts.filter((line) => line !== '').map((line) => line.slice(0, 500)));
    lines.splice(0, lines.length - KEPT_LINES);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(missing(program, error)));
    child.once('close', (code) =>
      resolve(code === 0 ? null : [...lines, rest].filter((line) => line !== '').join(' ') || `exit code ${code}`),
    );
  });
}

/** @throws OpsError `config` where it is not there */
export async function programVersion(program: string, signal: AbortSignal): Promise<number> {
  const child = spawn(program, ['--version'], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const problem = await ended(child, program);
  if (signal.aborted) throw toOpsError(signal.reason);
  const version = Number(/\) (\d+)/.exec(text)?.[1]);
  if (problem === null && version > 0) return version;
  throw missing(program, new Error(problem ?? text));
}

export interface DumpOptions {
  /** Connection string of what is copied; a secret. */
  source: string;
  /** Connection string of the server that it is copied to; a secret. */
  target: string;
  database: string;
  /** Who will own all of it. */
  owner: string;
  onBytes: (bytes: number) => void;
}

/**
 * `pg_dump | pg_restore`, through this process: nothing of it lies on a disk, and where this process ends, both do. One stream goes in one
 * go: pg_restore can only share out work of a file.
 * @throws OpsError `rejected` with what the programs said, `config` where they are missing, `cancelled`
 */
export async function dumpAndRestore({ source, target, database, owner, onBytes }: DumpOptions, signal: AbortSignal): Promise<void> {
  const isAborted = () => signal.aborted; // before the wait, and after it
  if (isAborted()) throw toOpsError(signal.reason);
  // Publications and labels are for others; comments on extensions are nobody's to write who is no superuser.
  const without = ['--no-owner', '--no-privileges', '--no-comments', '--no-publications', '--no-subscriptions', '--no-security-labels'];
  const dump = spawn('pg_dump', ['--format=custom', '--compress=0', ...without], {
    env: programEnvironment(source, process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const environment = programEnvironment(urlOf(target, database), process.env);
  const fast = '-c synchronous_commit=off -c statement_timeout=0';
  const restore = spawn('pg_restore', ['--exit-on-error', `--role=${owner}`, `--dbname=${database}`, ...without], {
    env: { ...environment, PGOPTIONS: `${environment['PGOPTIONS'] ?? ''} ${fast}`.trim() },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const kill = (how: NodeJS.Signals) => [dump, restore].forEach((child) => child.kill(how));
  const stop = () => {
    kill('SIGTERM');
    setTimeout(() => kill('SIGKILL'), GRACE).unref();
  };
  signal.addEventListener('abort', stop, { once: true });
  dump.stdout.on('data', (chunk: Buffer) => onBytes(chunk.length));
  try {
    // The first that fails says why; the other one then has nobody to talk to.
    const said: string[] = [];
    const listen = async (child: ChildProcess, program: string): Promise<void> => {
      const problem = await ended(child, program);
      if (problem !== null) said.push(problem);
    };
    const ends = Promise.allSettled([listen(dump, 'pg_dump'), listen(restore, 'pg_restore')]);
    await pipeline(dump.stdout, restore.stdin).catch(() => stop());
    const unstarted = (await ends).find((end) => end.status === 'rejected');
    if (isAborted()) throw toOpsError(signal.reason);
    if (unstarted) throw toOpsError(unstarted.reason);
    if (said[0] !== undefined) throw new OpsError('rejected', `Staging could not be copied: ${said[0]}`);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
