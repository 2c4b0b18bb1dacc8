import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askAdmin } from '../../src/adapters/caddy/admin.ts';
import type { PullRequestsConfig } from '../../src/core/config/pull-requests.ts';
import { initialConfig } from '../../src/core/pr-environments/caddy.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** For the head of a `describe`: skips it, with the reason, where there is no Caddy. */
export function needsCaddy(): void {
  before(function () {
    if (spawnSync('caddy', ['version']).status === 0) return;
    console.log('      skipped: there is no caddy on this machine (Debian has it as a package)');
    this.skip();
  });
}

export interface TestCaddy {
  /** To its admin API. */
  admin: Agent;
  ports: { http: number; https: number };
  /** What it wrote on stdout: its access log. */
  lines: string[];
  /** By SIGKILL, as where the host goes down, and again with what it had kept. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

/** A real Caddy with our own first configuration, on ports of this machine's loopback. */
export async function testCaddy(folder: string, tls: PullRequestsConfig['tls']): Promise<TestCaddy> {
  const [admin, http, https] = [await freePort(), await freePort(), await freePort()];
  const config = initialConfig({ tls, ports: { http, https } });
  const file = join(folder, 'caddy.json');
  // Files of tests run at a time, so each has an admin port of its own; we name the one that it has elsewhere.
  writeFileSync(file, JSON.stringify({ ...config, admin: { listen: `127.0.0.1:${admin}`, origins: ['127.0.0.1:2019'] } }));
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => connect(admin, '127.0.0.1');
  const lines: string[] = [];
  let caddy: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
    // Its own log is not read: a pipe that nobody reads would stop it.
    caddy = spawn('caddy', ['run', '--resume', '--config', file], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    caddy.stdout?.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n')));
    const { signal } = new AbortController();
    const isUp = (): Promise<boolean> =>
      askAdmin(agent, { method: 'GET', path: '/config/' }, signal).then(
        () => true,
        () => false,
      );
    await until('Caddy', isUp);
  };
  const stop = async (): Promise<void> => {
    const gone = new Promise((resolve) => caddy?.once('exit', resolve));
    caddy?.kill('SIGKILL');
    await gone;
  };
  await start();
  return { admin: agent, ports: { http, https }, lines, stop, restart: () => stop().then(start) };
}

export interface CaddyAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Asking {
  headers?: Record<string, string>;
  method?: string;
  body?: Buffer;
}

function askOnce(port: number, host: string, path: string, { method = 'GET', headers = {}, body }: Asking): Promise<CaddyAnswer> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    const asked = request({ host: '127.0.0.1', port, path, method, agent, headers: { host, ...headers } }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Caddy opens its port anew with each change, and cuts connections that wait at the old one: browsers ask again, and so do we. */
async function again<T>(ask: () => Promise<T>, tries = 4): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (tries === 1 || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    await sleep(30);
    return again(ask, tries - 1);
  }
}

/** Asks a host of a Caddy on this machine. @throws where the connection ends before an answer */
export const askHost = (port: number, host: string, path: string, asking: Asking = {}): Promise<CaddyAnswer> =>
  again(() => askOnce(port, host, path, asking));

/** A server on a port of its own. */
export interface Listening {
  server: Server;
  address: string;
  close: () => void;
}

export async function listening(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** Answers what it was asked: an Odoo that tells everything. */
export const echo = (): Promise<Listening> =>
  listening(
    createServer((asked, answer) => {
      let bytes = 0;
      asked.on('data', (chunk: Buffer) => (bytes += chunk.length));
      asked.on('error', () => undefined);
      asked.on('end', () => answer.setHeader('server', 'Werkzeug').end(JSON.stringify({ path: asked.url, bytes, headers: asked.headers })));
    }),
  );

/** What a web socket says first. */
const HELLO = 'hello from gevent';

/** Where web sockets end, and nothing else does. */
export const socketEnd = (): Promise<Listening> =>
  listening(
    createServer((_asked, answer) => answer.writeHead(418).end()).on('upgrade', (_asked, socket: Socket) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${HELLO}`);
      socket.on('end', () => socket.end()).on('error', () => socket.destroy());
    }),
  );

/** Asks for a web socket. @returns all that came, up to its first words or the refusal */
export const upgrade = (port: number, host: string, headers: readonly string[] = []): Promise<string> =>
  again(() => upgradeOnce(port, host, headers));

function upgradeOnce(port: number, host: string, headers: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
    if (heard.includes(HELLO) || (heard.includes('\r\n\r\n') && !heard.startsWith('HTTP/1.1 101'))) socket.destroy();
  });
  const key = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'];
  socket.write([`GET /websocket HTTP/1.1`, `Host: ${host}`, ...key, ...headers, '', ''].join('\r\n'));
  return new Promise((resolve, reject) => socket.on('close', () => resolve(heard)).on('error', reject));
}
