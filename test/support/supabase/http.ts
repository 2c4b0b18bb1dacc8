import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a service of the project listens, seen from its gateway. */
export type Upstream = { readonly port: number } | { readonly socketPath: string };

export interface Service {
  upstream: Upstream;
  stop: () => Promise<void>;
}

/** What a handler throws to answer with an error. */
export class HttpError extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = await readBody(request);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  return response.end(JSON.stringify(body));
}

export const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** The token of `Authorization: Bearer …`, or null. */
export const bearer = (request: IncomingMessage): string | null =>
  /^Bearer (\S+)$/i.exec(header(request, 'authorization') ?? '')?.[1] ?? null;

/** A server on a free port of 127.0.0.1. */
export async function listen(listener: RequestListener): Promise<Service & { upstream: { port: number } }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    upstream: { port: (server.address() as AddressInfo).port },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What it gives back does not matter: it answers through the response. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

/** A service of one function. What it throws becomes the answer; what is no HttpError is a mistake in the stand-in and says so. */
export const serve = (handle: Handler) =>
  listen((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else if (error instanceof HttpError) sendJson(response, error.status, error.body, error.headers);
      else sendJson(response, 500, { code: 'STANDIN', message: String(error) });
    });
  });
