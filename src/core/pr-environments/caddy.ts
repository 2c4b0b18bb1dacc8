import type { PullRequestsConfig } from '../config/pull-requests.ts';

/** Name of the one server in Caddy's configuration. */
export const CADDY_SERVER = 'odoo-ops';
/** Caddy puts it behind `http.log.access`. */
const ACCESS_LOG = 'odoo-ops';

/** A part of Caddy's JSON, see https://caddyserver.com/docs/json/. */
export type CaddyJson = Record<string, unknown>;

/** What handles a request, one after another. */
export const handle = (...handlers: readonly CaddyJson[]): CaddyJson => ({ handle: handlers });

/** This request is no visit: it does not get into the access log. The newer word is that of Caddy 2.8. */
export const unlogged = { handler: 'vars', skip_log: true, log_skip: true } as const;

/** A line a request on stdout, with nothing in it that opens anything: no header, no query, no name. */
const logging: CaddyJson = {
  logs: {
    default: { exclude: [`http.log.access.${ACCESS_LOG}`] },
    access: {
      include: [`http.log.access.${ACCESS_LOG}`],
      writer: { output: 'stdout' },
      encoder: {
        format: 'filter',
        wrap: { format: 'json' },
        fields: {
          'request>headers': { filter: 'delete' },
          'request>tls': { filter: 'delete' },
          'request>uri': { filter: 'regexp', regexp: '\\?.*$', value: '' },
          resp_headers: { filter: 'delete' },
          user_id: { filter: 'delete' },
        },
      },
    },
  },
};

/**
 * What Caddy begins with: one server that knows no host yet. Its admin API listens on its own loopback alone.
 */
export function initialConfig({ tls, ports }: Pick<PullRequestsConfig, 'tls' | 'ports'>): CaddyJson {
  const server = {
    listen: [`:${tls === 'off' ? ports.http : ports.https}`],
    logs: { default_logger_name: ACCESS_LOG },
    // An answer that is the same for every host that is not there.
    routes: [handle(unlogged, { handler: 'static_response', status_code: 404, body: 'Nothing here.\n' })],
    ...(tls === 'off' ? { automatic_https: { disable: true } } : { tls_connection_policies: [{}] }),
  };
  return {
    admin: { listen: '127.0.0.1:2019' },
    logging,
    apps: {
      // Not its https_port: Caddy takes that for 443 as seen from outside, and would lead visitors of HTTP there.
      http: { http_port: ports.http, servers: { [CADDY_SERVER]: server } },
      ...(tls === 'internal'
        ? {
            tls: { automation: { policies: [{ issuers: [{ module: 'internal' }] }] } },
            // Who trusts it is for people to say, and not for the container.
            pki: { certificate_authorities: { local: { install_trust: false } } },
          }
        : {}),
    },
  };
}
