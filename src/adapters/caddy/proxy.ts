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

/** Each as Caddy told it: those of others go back as they came. */
const routesSchema = z
  .array(z.looseObject({}))
  .nullable()
  .transform((routes) => routes ?? []);

interface Routes {
  all: z.infer<typeof routesSchema>;
  own: FoundRoute[];
  etag: string | null;
}

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
  const read = async (signal: AbortSignal): Promise<Routes> => {
    const answer = await askAdmin(admin, { method: 'GET', path: ROUTES }, signal);
    if (!isOk(answer)) throw rejected('a question about its routes', answer);
    const all = routesSchema.parse(JSON.parse(answer.text));
    return { all, own: ownRoutes(all), etag: answer.etag };
  };

  /** @param decide from the routes as they are: what to ask for, or null where there is nothing to change */
  const change = async (what: string, decide: (routes: Routes) => Question | null, signal: AbortSignal): Promise<void> => {
    // One of its own: many changes may wait at a time on one that is told to many.
    const own = AbortSignal.any([signal]);
    for (let attempt = 1; ; attempt++) {
      const routes = await read(own);
      const wanted = decide(routes);
      if (wanted === null) return;
      const answer = await askAdmin(admin, { ...wanted, ifMatch: routes.etag }, own);
      if (isOk(answer)) return;
      if (!isOvertaken(answer) || attempt === TRIES) throw rejected(what, answer);
      await sleep(Math.random() * PAUSE, undefined, { signal: own });
    }
  };

  const removeAll = async (things: readonly Thing[], signal: AbortSignal): Promise<boolean[]> => {
    let removed: boolean[] = [];
    const decide = ({ all, own }: Routes): Question | null => {
      const pairs = things.map((thing) => ({ thing, route: own.find(({ name }) => name === thing.id) }));
      const found = pairs.flatMap(({ thing, route }) => (route && sameStamp(route.stamp, thing.stamp) ? [route.name] : []));
      const going = new Set(found);
      removed = pairs.map(({ route }) => !route || going.has(route.name));
      return going.size === 0 ? null : { method: 'PATCH', path: ROUTES, body: all.filter((route) => !going.has(String(route['@id']))) };
    };
    await change(`that ${things.map(({ name }) => name).join(', ')} ${things.length === 1 ? 'goes' : 'go'}`, decide, signal);
    return removed;
  };

  return {
    put: async (route, signal) => {
      const { name, host } = route.identity;
      const body = caddyRoute(route, tls);
      // A new one before that which answers for hosts that nobody knows.
      const decide = ({ own }: Routes): Question =>
        own.some((found) => found.name === name)
          ? { method: 'PATCH', path: `/id/${name}`, body }
          : { method: 'PUT', path: `${ROUTES}/0`, body };
      await change(`the route of ${host}`, decide, signal);
    },
    things: async (project, signal) => (await read(signal)).own.filter(({ stamp }) => stamp.project === project).map(thingOf),
    remove: async (thing, signal) => (await removeAll([thing], signal))[0] ?? false,
    removeAll,
  };
}
