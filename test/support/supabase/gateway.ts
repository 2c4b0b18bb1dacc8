import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { bearer, header, sendJson, type Upstream } from './http.ts';
import { pass } from './pass.ts';
import { verifyToken } from './tokens.ts';

/**
 * One address for the services of a project, as Kong is for Supabase: asks for the `apikey`, takes the prefix off, passes everything else
 * on as it came. And the place where things go wrong on demand. Limits: no CORS, no rate limit, no HTTPS.
 */
export interface GatewayOptions {
  /** By the first word of the path: `rest`, `auth`, `storage`. */
  services: Readonly<Record<string, Upstream>>;
  anonKey: string;
  serviceKey: string;
  jwtSecret: string;
}

/** Whose token came with a request. */
export type Bearer = 'none' | 'anon' | 'service' | 'other';

export interface SeenRequest {
  method: string;
  path: string;
  bearer: Bearer;
  fault: Fault['kind'] | null;
}

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface Gateway {
  url: string;
  faults: Faults;
  /** Every request, in the order in which they came. */
  requests: SeenRequest[];
  /** Who takes WebSocket connections (Realtime); until somebody does they are answered 404. */
  onUpgrade: (listener: UpgradeListener) => void;
  stop: () => Promise<void>;
}

/** Kong asks for a key here; the storage service looks at the token itself, and GitHub's answer brings no key. */
const needsKey = (path: string) => /^\/(?:rest\/v1|auth\/v1\/(?!authorize|callback|\.well-known))/.test(path);

export async function startGateway({ services, anonKey, serviceKey, jwtSecret }: GatewayOptions): Promise<Gateway> {
  const faults = createFaults();
  const requests: SeenRequest[] = [];
  // A kept connection that the service closes meanwhile would be a fault that nobody injected.
  const agent = new Agent({ keepAlive: false });
  let upgrade: UpgradeListener = (_, socket) => void socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');

  async function refusal(request: IncomingMessage, url: URL): Promise<string | null> {
    if (!needsKey(url.pathname)) return null;
    const key = header(request, 'apikey') ?? url.searchParams.get('apikey');
    if (key === null) return 'No API key found in request';
    if (key === anonKey || key === serviceKey) return null;
    return verifyToken(jwtSecret, key).then(
      () => null,
      () => 'Invalid API key',
    );
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://gateway');
    const token = bearer(request);
    const kind = token === null ? 'none' : token === anonKey ? 'anon' : token === serviceKey ? 'service' : 'other';
    const fault = faults.take(request);
    requests.push({ method: request.method ?? '', path: request.url ?? '', bearer: kind, fault: fault?.kind ?? null });
    if (fault?.kind === 'drop') return request.socket.destroy();
    if (fault?.kind === 'hang') return undefined;
    if (fault?.kind === 'status') return sendJson(response, fault.status, { message: 'injected' }, fault.headers);
    if (fault?.kind === 'delay') await sleep(fault.milliseconds);
    const refused = await refusal(request, url);
    if (refused !== null) return sendJson(response, 401, { message: refused });
    const [, service = '', path = ''] = /^\/([a-z]+)\/v1(\/.*)?$/.exec(request.url ?? '') ?? [];
    const upstream = services[service];
    if (!upstream) return sendJson(response, 404, { message: 'no Route matched with those values' });
    // A service that answers early and then closes would take its answer back with it.
    const headers = { ...request.headers, connection: 'keep-alive' };
    return pass(request, response, { ...upstream, agent, headers, method: request.method, path: path || '/' }, fault);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => sendJson(response, 500, { message: String(error) }));
  });
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => undefined);
    upgrade(request, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    onUpgrade: (listener) => void (upgrade = listener),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy(); // no longer the server's own
      agent.destroy();
      await closed;
    },
  };
}
