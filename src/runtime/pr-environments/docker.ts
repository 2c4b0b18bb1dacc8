import { caddyProxy } from '../../adapters/caddy/proxy.ts';
import type { DockerConnection } from '../../adapters/docker/connect.ts';
import { dialMail, dockerEngine, proxyAdmin, proxyLog, proxyRuns } from '../../adapters/docker/engine.ts';
import type { Config } from '../../core/config/schema.ts';
import { visitOf } from '../../core/pr-environments/access-log.ts';
import { initialConfig } from '../../core/pr-environments/caddy.ts';
import type { Proxy, Visit } from '../../core/pr-environments/proxy.ts';
import type { Where } from './engine.ts';

/** Lines of the proxy's log that are looked through for the last visits. */
const LOOKED_THROUGH = 20_000;

function latest(visits: readonly Visit[], since: Date): Map<string, Date> {
  const found = new Map<string, Date>();
  for (const { host, at } of visits) if (at >= since && at > (found.get(host) ?? since)) found.set(host, at);
  return found;
}

/** Environments in containers: behind Caddy, with a mail catcher, each in a network of its own. */
export async function onDocker(
  { pull_requests: pr, odoo, build }: Config,
  project: string,
  connection: DockerConnection,
  signal: AbortSignal,
): Promise<Where> {
  const engine = dockerEngine(connection, {
    project,
    base: pr.images.odoo ?? build.image ?? `odoo:${odoo.version}`,
    workspaceFolder: odoo.workspace_folder,
    command: pr.odoo.command,
    user: pr.odoo.user,
    proxy: { image: pr.images.proxy, ports: pr.ports, configuration: JSON.stringify(initialConfig(pr)) },
    mail: { image: pr.images.mail, ...(pr.images.mail_command ? { command: pr.images.mail_command } : {}) },
    databaseContainer: pr.database.container ?? null,
  });
  const caddy = caddyProxy(proxyAdmin(connection, project, signal), pr.tls);
  const things: Proxy['things'] = async (name, asked) => ((await proxyRuns(connection, name, asked)) ? caddy.things(name, asked) : []);
  const onVisitLine = (onVisit: (visit: Visit) => void) => (line: string) => {
    const visit = visitOf(line);
    if (visit) onVisit(visit);
  };
  return {
    engine,
    description: await engine.describe(signal),
    proxy: { ...caddy, things },
    lastVisits: async (identities, since, asked) => {
      if (identities.length === 0 || !(await proxyRuns(connection, project, asked))) return new Map();
      const visits: Visit[] = [];
      await proxyLog(
        connection,
        project,
        { tail: LOOKED_THROUGH, follow: false, onLine: onVisitLine((visit) => visits.push(visit)) },
        asked,
      );
      const byHost = latest(visits, since);
      return new Map(
        identities.flatMap(({ host, number }) => {
          const at = byHost.get(host);
          return at ? [[number, at] as const] : [];
        }),
      );
    },
    watchVisits: (onVisit, until) => proxyLog(connection, project, { tail: 0, follow: true, onLine: onVisitLine(onVisit) }, until),
    dialMail: (asked) => dialMail(connection, project, asked),
  };
}
