import type { EnvironmentIdentity } from './identity.ts';
import type { Keeper, Stamp } from './thing.ts';

/** Who may come in. Hashes only: a password never gets here. */
export type Access = { kind: 'basic'; user: string; /** bcrypt */ hash: string } | { kind: 'forward'; url: string } | { kind: 'public' };

/** Where an environment answers, and what leads there. */
export interface Route {
  identity: EnvironmentIdentity;
  stamp: Stamp;
  access: Access;
  /** `host:port` as the proxy sees them; null while it sleeps: then a page says so, which asks again every few seconds. */
  upstream: { http: string; gevent: string } | null;
}

/** Caddy in front (§4.3); its things are routes, and one that runs leads to its Odoo. @throws OpsError `unreachable`, `rejected` */
export interface Proxy extends Keeper {
  put: (route: Route, signal: AbortSignal) => Promise<void>;
}

/** A request that passed the proxy and its door. */
export interface Visit {
  host: string;
  at: Date;
  /** True where the answer was the page of one that sleeps, or Odoo's own word that it cannot serve. */
  unserved: boolean;
}
