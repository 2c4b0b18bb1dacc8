import './environment.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded, stopEmbedded } from '../../src/adapters/postgres/embedded.ts';
import type { ConnectionOptions } from '../../src/adapters/postgres/connection.ts';

const { signal } = new AbortController();

export interface TestDatabase {
  /** A new, empty database of the server. */
  create: () => Promise<string>;
  query: (url: string, sql: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
  stop: () => Promise<void>;
}

/** A real PostgreSQL for one `describe`. PostgreSQL's data cannot lie where `nobody` may not go, so it has a place of its own. */
export async function testDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync('/var/tmp/odoo-ops-test-pg-');
  const stateFile = join(folder, 'state.json');
  const { url } = await startEmbedded(stateFile, signal);
  let count = 0;
  const query: TestDatabase['query'] = async (target, sql, values = []) => {
    const client = new pg.Client({ connectionString: target });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  return {
    create: async () => {
      const name = `test_${++count}`;
      await query(url, `create database ${name}`);
      return url.replace(/\/postgres$/, `/${name}`);
    },
    query,
    stop: async () => {
      await stopEmbedded(stateFile, true, signal);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const connection = (url: string, timeout = 5000): ConnectionOptions => ({ url, timeout, signal });

/** A TCP server that behaves as the test says; the URL of a database that it is not. */
export async function strangeServer(behave: (socket: Socket) => void): Promise<{ url: string; close: () => void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgresql://ops:very-secret-pw@127.0.0.1:${port}/ops`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
