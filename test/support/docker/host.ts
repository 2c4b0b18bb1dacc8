import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, connect as connectSocket, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect, type DockerConnection } from '../../../src/adapters/docker/connect.ts';
import type { DockerSettings } from '../../../src/adapters/docker/settings.ts';
import { listThings, removeThing } from '../../../src/adapters/docker/things.ts';
import type { Code } from '../../../src/core/pr-environments/engine.ts';
import type { Attempt } from '../../../src/core/pr-environments/identity.ts';
import { THING_KINDS } from '../../../src/core/pr-environments/thing.ts';
import { testImage } from './base-image.ts';

const { signal } = new AbortController();

export interface DockerTest {
  connection: DockerConnection;
  settings: DockerSettings;
  attempt: (number: number, id?: string) => Attempt;
  /** The base image as code without addons of a commit. */
  code: Code;
  /** Takes away all that bears the stamp of this test's project. */
  clean: () => Promise<void>;
}

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(() => undefined)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

/** A server that keeps no process alive. */
export const listen = (serve: (socket: Socket) => void, host = '0.0.0.0'): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      serve(socket);
    });
    server.listen(0, host, () => resolve(server.unref()));
  });

/** Makes a database server of this machine's loopback reachable for containers, as one that listens on Docker's bridge. @returns its port */
export async function exposeToContainers(port: number): Promise<{ port: number; close: () => void }> {
  const server = await listen((socket) => {
    const there = connectSocket(port, '127.0.0.1');
    for (const one of [socket, there]) one.on('error', () => (socket.destroy(), there.destroy()));
    socket.pipe(there).pipe(socket);
  });
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** A project of its own on the real engine: several tests run beside each other on one. */
export async function dockerTest(name: string): Promise<DockerTest> {
  const connection = await connect(process.env, signal);
  const { image, command, user } = await testImage(connection.docker);
  const [http = 0, https = 0] = await freePorts(2);
  const project = `${name}-${randomBytes(3).toString('hex')}`;
  const configuration = {
    admin: { listen: '127.0.0.1:2019' },
    apps: { http: { servers: { main: { listen: [`:${http}`], routes: [] } } } },
  };
  const settings: DockerSettings = {
    project,
    base: image,
    workspaceFolder: '/workspaces/odoo',
    command,
    user,
    proxy: { image: 'odoo-ops-test/base:1', ports: { http, https }, configuration: JSON.stringify(configuration) },
    mail: {
      image: 'odoo-ops-test/base:1',
      command: ['python3', '-u', '-m', 'aiosmtpd', '-n', '-l', '0.0.0.0:1025', '-c', 'aiosmtpd.handlers.Debugging', 'stdout'],
    },
    databaseContainer: null,
  };
  return {
    connection,
    settings,
    code: { id: image, base: image, addons_path: [], layers: [] },
    attempt: (number, id = randomUUID()) => {
      const commit = 'a'.repeat(40);
      const name = `odoo-ops-${project}-pr-${number}`;
      const identity = { project, number, name, host: `pr-${number}.localhost`, database: name.replace(/-/g, '_') };
      const created_at = new Date().toISOString();
      return {
        identity,
        id,
        commit,
        stamp: { project, number, attempt: id, commit, branch: `feature/${number}`, engine: 'here', created_at, expires_at: null },
      };
    },
    clean: async () => {
      const host = { connection, settings };
      for (const kind of THING_KINDS) {
        const things = (await listThings(host, project, signal)).filter((thing) => thing.kind === kind);
        await Promise.all(things.map((thing) => removeThing(host, thing, signal)));
      }
    },
  };
}
