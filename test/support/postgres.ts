import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startEmbedded, stopEmbedded } from '../../src/adapters/postgres/embedded.ts';

const run = promisify(execFile);

/** A PostgreSQL server as one that PR environments live on: nobody may connect to what is not theirs. */
export interface TestServer {
  major: number;
  /** As a superuser. */
  url: string;
  /** As a role with CREATEDB and CREATEROLE, and no more. */
  maker: string;
  /** In a database of the server; `postgres` unless told. */
  query: (sql: string, values?: readonly unknown[], database?: string) => Promise<Record<string, unknown>[]>;
  stop: () => Promise<void>;
}

const DEBIAN = '/usr/lib/postgresql';
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** Debian's server, where it is installed. */
export const hasDebian = (major: number): boolean => existsSync(join(DEBIAN, String(major), 'bin', 'initdb'));

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

async function debian(major: number): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp('/var/tmp/odoo-ops-test-pg-');
  const [data, password] = [join(folder, 'data'), join(folder, 'password')];
  await writeFile(password, 'super-secret-pw');
  if (isRoot) for (const path of [folder, password]) await chown(path, NOBODY, NOBODY);
  const bin = (program: string, ...args: string[]) =>
    run(join(DEBIAN, String(major), 'bin', program), args, { cwd: '/', ...(isRoot && { uid: NOBODY, gid: NOBODY }) });
  const port = await freePort();
  await bin(
    'initdb',
    '-D',
    data,
    '-U',
    'boss',
    '-A',
    'scram-sha-256',
    `--pwfile=${password}`,
    '--locale=C',
    '--encoding=UTF8',
    '--no-sync',
  );
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`;
  await bin('pg_ctl', '-D', data, '-l', join(folder, 'log'), '-w', '-o', options, 'start');
  return {
    url: `postgresql://boss:super-secret-pw@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await bin('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function embedded(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp('/var/tmp/odoo-ops-test-pg-');
  const stateFile = join(folder, 'state.json');
  const { signal } = new AbortController();
  const { url } = await startEmbedded(stateFile, signal);
  return {
    url,
    stop: async () => {
      await stopEmbedded(stateFile, true, signal);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @param major 18 is the embedded one; another one is Debian's */
export async function testServer(major: number): Promise<TestServer> {
  const { url, stop } = await (major === 18 ? embedded() : debian(major));
  const query: TestServer['query'] = async (sql, values = [], database = 'postgres') => {
    const client = new pg.Client({ connectionString: url.replace(/\/postgres$/, `/${database}`) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  for (const { name } of await query(`select datname as name from pg_database where datallowconn and datname <> 'postgres'`))
    await query(`revoke connect on database "${String(name)}" from public`);
  await query(`create role maker login createdb createrole password 'maker-secret-pw'`);
  const maker = new URL(url);
  [maker.username, maker.password] = ['maker', 'maker-secret-pw'];
  return { major, url, maker: maker.href, query, stop };
}
