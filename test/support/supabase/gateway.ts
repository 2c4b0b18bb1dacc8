import { Agent, createServer, request as forward, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { bearer, header, sendJson, type Upstream } from './http.ts';
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
    return pass(request, response, { ...upstream, agent, method: request.method, path: path || '/', headers: request.headers }, fault);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    onUpgrade: (listener) => void (upgrade = listener),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

function pass(request: IncomingMessage, response: ServerResponse, target: RequestOptions, fault: Fault | undefined) {
  const cutRequest = fault?.kind === 'cut-request' ? fault.bytes : Infinity;
  const cutAnswer = fault?.kind === 'cut-answer' ? fault.bytes : Infinity;
  const upstream = forward(target, (answer) => {
    if (fault?.kind === 'lose-answer') {
      // Only when the service is through with it.
      answer.resume().once('end', () => request.socket.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    let sent = 0;
    answer.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, cutAnswer - sent);
      sent += part.length;
      const mayContinue = response.write(part, () => {
        if (sent >= cutAnswer) request.socket.destroy();
      });
      if (!mayContinue) {
        answer.pause();
        response.once('drain', () => answer.resume());
      }
    });
    answer.once('end', () => response.end());
    answer.once('error', () => response.destroy());
  });
  upstream.once('error', () => {
    if (response.headersSent) response.destroy();
    else if (!response.destroyed) sendJson(response, 502, { message: 'An invalid response was received from the upstream server' });
  });
  // A client that goes away takes its request with it, except where its answer is to get lost.
  response.once('close', () => {
    if (!response.writableFinished && fault?.kind !== 'lose-answer') upstream.destroy();
  });
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, cutRequest - received);
    received += part.length;
    const mayContinue = upstream.write(part, () => {
      if (received < cutRequest) return;
      upstream.destroy();
      request.socket.destroy();
    });
    if (!mayContinue) {
      request.pause();
      upstream.once('drain', () => request.resume());
    }
  });
  request.once('end', () => {
    if (received < cutRequest) upstream.end();
  });
  return upstream;
}
