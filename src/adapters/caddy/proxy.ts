import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { caddyRoute, ownRoutes, type FoundRoute } from '../../core/pr-environments/caddy-route.ts';
import { CADDY_SERVER } from '../../core/pr-environments/caddy.ts';
import type { PullRequestsConfig } from '../../core/config/pull-requests.ts';
import { OpsError } from '../../core/errors.ts';
import type { Proxy } from '../../core/pr-environments/proxy.ts';
import type { Stamp, Thing } from '../../core/pr-environments/thing.ts';
import { askAdmin, type Answer, type Question } from './admin.ts';

const ROUTES = `/config/apps/http/servers/${CADDY_SERVER}/routes`;

/** How often a change is tried that others were quicker than. */
const TRIES = 40;
/** Milliseconds to wait before it, at most: by chance, so that two do not meet again. */
const PAUSE = 60;

const errorSchema = z.object({ error: z.string() });

function said({ status, text }: Answer): string {
  try {
    return errorSchema.parse(JSON.parse(text)).error;
  } catch {
    return `status ${status}`;
  }
}

const rejected = (what: string, answer: Answer): OpsError =>
  new OpsError('rejected', `The proxy does not take ${what}: ${said(answer)}`, {
    hint: `Does it run with the configuration that Odoo Ops gave it? Its server is called ${CADDY_SERVER}.`,
  });

const isOk = ({ status }: Answer): boolean => status >= 200 && status < 300;
/** Somebody else changed the routes since they were looked at. */
const isOvertaken = (answer: Answer): boolean =>
  answer.status === 412 || (answer.status === 404 && said(answer).includes('unknown object ID'));

const sameStamp = (a: Stamp, b: Stamp): boolean => (Object.keys(a) as (keyof Stamp)[]).every((key) => a[key] === b[key]);

const thingOf = ({ name, host, stamp, sleeps }: FoundRoute): Thing => ({
  kind: 'route',
  part: 'route',
  id: name,
  name: host,
  stamp,
  running: !sleeps,
  bytes: null,
});

/**
 * Caddy by its admin API (https://caddyserver.com/docs/api). Each change is one request that Caddy applies as a whole or not at all, and only
 * where nobody changed the routes since they were looked at.
 * @param admin makes connections to the admin API: through the engine, or by TCP
 */
export function caddyProxy(admin: Agent, tls: PullRequestsConfig['tls']): Proxy {
  const read = async (signal: AbortSignal): Promise<{ routes: FoundRoute[]; etag: string | null }> => {
    const answer = await askAdmin(admin, { method: 'GET', path: ROUTES }, signal);
    if (!isOk(answer)) throw rejected('a question about its routes', answer);
    return { routes: ownRoutes(JSON.parse(answer.text)), etag: answer.etag };
  };

  /** @param decide from the routes as they are: what to ask for, or the result where there is nothing to change */
  const change = async (
    what: string,
    decide: (routes: readonly FoundRoute[]) => Question | boolean,
    signal: AbortSignal,
  ): Promise<boolean> => {
    // One of its own: many changes may wait at a time on one that is told to many.
    const own = AbortSignal.any([signal]);
    for (let attempt = 1; ; attempt++) {
      const { routes, etag } = await read(own);
      const wanted = decide(routes);
      if (typeof wanted === 'boolean') return wanted;
      const answer = await askAdmin(admin, { ...wanted, ifMatch: etag }, own);
      if (isOk(answer)) return true;
      if (!isOvertaken(answer) || attempt === TRIES) throw rejected(what, answer);
      await sleep(Math.random() * PAUSE, undefined, { signal: own });
    }
  };

  return {
    put: async (route, signal) => {
      const { name, host } = route.identity;
      const body = caddyRoute(route, tls);
      // A new one before that which answers for hosts that nobody knows.
      const decide = (routes: readonly FoundRoute[]): Question =>
        routes.some((found) => found.name === name)
          ? { method: 'PATCH', path: `/id/${name}`, body }
          : { method: 'PUT', path: `${ROUTES}/0`, body };
      await change(`the route of ${host}`, decide, signal);
    },
    things: async (project, signal) => (await read(signal)).routes.filter(({ stamp }) => stamp.project === project).map(thingOf),
    remove: (thing, signal) => {
      const decide = (routes: readonly FoundRoute[]): Question | boolean => {
        const found = routes.find(({ name }) => name === thing.id);
        if (!found) return true;
        return sameStamp(found.stamp, thing.stamp) ? { method: 'DELETE', path: `/id/${thing.id}` } : false;
      };
      return change(`that the route of ${thing.name} goes`, decide, signal);
    },
  };
}
