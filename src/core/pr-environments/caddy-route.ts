import * as z from 'zod';
import type { PullRequestsConfig } from '../config/pull-requests.ts';
import { shaSchema } from '../repository/names.ts';
import { door, fromBase64, toBase64 } from './caddy-door.ts';
import { handle, type CaddyJson } from './caddy.ts';
import type { Access, Route } from './proxy.ts';
import { sleepingPage } from './sleeping-page.ts';
import type { Stamp } from './thing.ts';

/** §8.3 */
const MAX_BODY = 50 * 1024 * 1024;

/** Where another proxy before us may be: its word on who asked counts. */
const PRIVATE = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', '::1'];

/** A regular expression for whole numbers above a limit. An expression would be plainer, and takes Caddy milliseconds for each route. */
export function above(limit: number): string {
  const digits = String(limit);
  const larger = Array.from(digits, (digit, index) =>
    digit === '9' ? [] : [`${digits.slice(0, index)}[${Number(digit) + 1}-9]\\d{${digits.length - index - 1}}`],
  );
  return `^0*(?:${[`[1-9]\\d{${digits.length},}`, ...larger.flat()].join('|')})$`;
}

/** Says of itself that it is too large: told before a byte of it was read. */
const saysTooLarge: CaddyJson = {
  match: [{ header_regexp: { 'Content-Length': { pattern: above(MAX_BODY) } } }],
  ...handle({ handler: 'static_response', status_code: 413, close: true, body: 'A request may have 50 MB.\n' }),
  terminal: true,
};

const responseHeaders = (tls: PullRequestsConfig['tls']): CaddyJson => ({
  handler: 'headers',
  response: {
    set: {
      'X-Robots-Tag': ['noindex, nofollow, noarchive'],
      'Referrer-Policy': ['same-origin'],
      ...(tls === 'auto' ? { 'Strict-Transport-Security': ['max-age=31536000'] } : {}),
    },
    delete: ['Server', 'X-Powered-By'],
    deferred: true,
  },
});

const leadsTo = (dial: string, access: Access, tls: PullRequestsConfig['tls']): CaddyJson => ({
  handler: 'reverse_proxy',
  upstreams: [{ dial }],
  // The door's password is nobody's business behind it.
  ...(access.kind === 'basic' ? { headers: { request: { delete: ['Authorization'] } } } : {}),
  ...(tls === 'off' ? { trusted_proxies: PRIVATE } : {}),
  flush_interval: -1,
});

function inside({ identity, access, upstream }: Route, tls: PullRequestsConfig['tls']): CaddyJson[] {
  if (!upstream) {
    const headers = { 'Content-Type': ['text/html; charset=utf-8'], 'Retry-After': ['5'], 'Cache-Control': ['no-store'] };
    return [handle({ handler: 'static_response', status_code: 503, headers, body: sleepingPage(identity.number) })];
  }
  return [
    saysTooLarge,
    { match: [{ path: ['/websocket', '/websocket/*'] }], ...handle(leadsTo(upstream.gevent, access, tls)), terminal: true },
    // One that says nothing of itself is stopped at that size.
    handle({ handler: 'request_body', max_size: MAX_BODY }, leadsTo(upstream.http, access, tls)),
  ];
}

/** A route of an environment as Caddy takes it; our stamp stands in it, so that it can be listed and swept. */
export function caddyRoute(route: Route, tls: PullRequestsConfig['tls']): CaddyJson {
  const { identity, stamp, access, upstream } = route;
  const mark = { handler: 'vars', odoo_ops_stamp: toBase64(JSON.stringify(stamp)), odoo_ops_state: upstream ? 'awake' : 'asleep' };
  const routes = [handle(mark), handle(responseHeaders(tls)), ...door(access), ...inside(route, tls)];
  return { '@id': identity.name, match: [{ host: [identity.host] }], ...handle({ handler: 'subroute', routes }), terminal: true };
}

const stampSchema: z.ZodType<Stamp> = z.object({
  project: z.string(),
  number: z.int().positive().nullable(),
  attempt: z.string().nullable(),
  commit: shaSchema.nullable(),
  branch: z.string().nullable(),
  engine: z.string().nullable().default(null),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
});

const routeSchema = z.object({
  '@id': z.string(),
  match: z.tuple([z.object({ host: z.tuple([z.string()]) })]),
  handle: z.tuple([
    z.object({
      routes: z
        .array(z.object({ handle: z.array(z.looseObject({})).optional() }))
        .transform((routes) => routes[0]?.handle?.[0])
        .pipe(z.object({ odoo_ops_stamp: z.string(), odoo_ops_state: z.enum(['awake', 'asleep']) })),
    }),
  ]),
});

export interface FoundRoute {
  name: string;
  host: string;
  stamp: Stamp;
  sleeps: boolean;
}

/** Null for a text that we did not write. */
function stampOf(text: string): Stamp | null {
  try {
    const parsed = stampSchema.safeParse(JSON.parse(fromBase64(text)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Our routes among those that Caddy has; others are none of our business. */
export function ownRoutes(routes: unknown): FoundRoute[] {
  if (!Array.isArray(routes)) return [];
  return routes.flatMap((route: unknown) => {
    const parsed = routeSchema.safeParse(route);
    if (!parsed.success) return [];
    const { '@id': name, match, handle: handlers } = parsed.data;
    const { odoo_ops_stamp: text, odoo_ops_state: state } = handlers[0].routes;
    const stamp = stampOf(text);
    return stamp ? [{ name, host: match[0].host[0], stamp, sleeps: state === 'asleep' }] : [];
  });
}
