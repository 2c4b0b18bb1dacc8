import { handle, unlogged, type CaddyJson } from './caddy.ts';
import type { Access } from './proxy.ts';

/** A text that Caddy takes as it is: in others it would put values in the place of `{env.HOME}`. */
export const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
export const fromBase64 = (text: string): string => new TextDecoder().decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)));

/** Where a team's own door is asked, as Caddy's directive `forward_auth` does: 2xx lets in, any other answer is the visitor's. */
function askDoor(address: string): CaddyJson {
  const url = new URL(address);
  const isTls = url.protocol === 'https:';
  const port = url.port === '' ? (isTls ? '443' : '80') : url.port;
  return {
    handler: 'reverse_proxy',
    upstreams: [{ dial: `${url.hostname}:${port}` }],
    ...(isTls ? { transport: { protocol: 'http', tls: { server_name: url.hostname } } } : {}),
    rewrite: { method: 'GET', uri: `${url.pathname}${url.search}` },
    headers: {
      request: {
        set: { Host: [url.host], 'X-Forwarded-Method': ['{http.request.method}'], 'X-Forwarded-Uri': ['{http.request.uri}'] },
        // It is asked a question; the web socket is for Odoo.
        delete: ['Connection', 'Upgrade'],
      },
    },
    handle_response: [
      { match: { status_code: [2] }, routes: [handle({ handler: 'vars' })] },
      { routes: [handle(unlogged, { handler: 'copy_response' })] },
    ],
  };
}

/** What stands before everything else of an environment: who does not come in sees nothing of it. */
export function door(access: Access): CaddyJson[] {
  switch (access.kind) {
    case 'public':
      return [];
    case 'forward':
      return [handle(askDoor(access.url))];
    case 'basic': {
      const accounts = [{ username: access.user, password: toBase64(access.hash) }];
      // bcrypt takes its time by design, and a page has many files: what was compared once is remembered.
      const http_basic = { hash: { algorithm: 'bcrypt' }, accounts, realm: 'Preview', hash_cache: {} };
      return [handle({ handler: 'authentication', providers: { http_basic } })];
    }
  }
}
