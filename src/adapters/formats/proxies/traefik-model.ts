import type { BodyLimit } from '../../../core/policy/facts.ts';
import type { Range } from '../../../core/policy/finding.ts';
import { isOdooAddress } from './goes-to-odoo.ts';

/** What a file tells Traefik: routers send to services and pass middlewares on the way. Names in lower case. */
export interface TraefikModel {
  routers: { name: string; service: string | null; middlewares: string[]; range: Range }[];
  /** Addresses of the servers; for labels the name of the container and its port. */
  services: ReadonlyMap<string, readonly string[]>;
  middlewares: ReadonlyMap<string, Middleware>;
}

export type Middleware = { bytes: number; range: Range } | { chain: string[] } | 'redirect' | 'other' | 'unknown';

const DEPTH = 5;

/** The limits on the way to Odoo. A middleware of another file may hold one: then nothing is said. */
export function traefikLimits({ routers, services, middlewares }: TraefikModel): BodyLimit[] {
  const found = new Map<string, BodyLimit>();
  const local = (name: string): string => name.replace(/@(?:docker|swarm|file)$/, '');
  const passed = (names: readonly string[], depth = 0): (Middleware | undefined)[] =>
    names.flatMap((name) => {
      const middleware = middlewares.get(local(name));
      return typeof middleware === 'object' && 'chain' in middleware && depth < DEPTH ? passed(middleware.chain, depth + 1) : [middleware];
    });
  for (const router of routers) {
    const servers =
      services.get(local(router.service ?? router.name)) ??
      (services.size === 1 && router.service === null ? [...services.values()][0] : undefined);
    if (!servers?.some(isOdooAddress)) continue;
    const way = passed(router.middlewares);
    const limit = way.find((middleware) => typeof middleware === 'object' && 'bytes' in middleware);
    const product = 'traefik' as const;
    if (typeof limit === 'object' && 'bytes' in limit)
      found.set(JSON.stringify(limit.range), {
        product,
        bytes: limit.bytes === 0 ? null : limit.bytes,
        said: true,
        general: false,
        range: limit.range,
      });
    // One that only redirects passes nothing on.
    else if (!way.some((middleware) => middleware === undefined || middleware === 'unknown' || middleware === 'redirect'))
      found.set(JSON.stringify(router.range), { product, bytes: null, said: false, general: false, range: router.range });
  }
  return [...found.values()];
}
