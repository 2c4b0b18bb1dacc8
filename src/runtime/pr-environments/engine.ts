import { join } from 'node:path';
import { caddyProxy } from '../../adapters/caddy/proxy.ts';
import { connect, type DockerConnection } from '../../adapters/docker/connect.ts';
import { dialProxy, dockerEngine } from '../../adapters/docker/engine.ts';
import { followLogs } from '../../adapters/docker/logs.ts';
import { sharedName } from '../../adapters/docker/settings.ts';
import { processEngine } from '../../adapters/odoo/engine/process-engine.ts';
import { findOdoo } from '../../adapters/odoo/find-odoo.ts';
import { resolveRunAs } from '../../adapters/odoo/run-as.ts';
import type { Config } from '../../core/config/schema.ts';
import { isOpsError } from '../../core/errors.ts';
import { visitOf } from '../../core/pr-environments/access-log.ts';
import { initialConfig } from '../../core/pr-environments/caddy.ts';
import type { Engine } from '../../core/pr-environments/engine.ts';
import type { Proxy, Visit } from '../../core/pr-environments/proxy.ts';
import type { Keeper } from '../../core/pr-environments/thing.ts';
import type { Workspace } from '../workspace.ts';

export interface Where {
  engine: Engine;
  /** Null for processes of this machine. */
  proxy: Proxy | null;
  /** When each host was opened last, since a moment. */
  visits: (since: Date, signal: AbortSignal) => Promise<Map<string, Date>>;
  /** Tells visits as they come, until the signal; null where nobody can. */
  watchVisits: ((onVisit: (visit: Visit) => void, signal: AbortSignal) => Promise<void>) | null;
}

/** Lines of the proxy's log that are looked through for the last visits. */
const LOOKED_THROUGH = 20_000;

function latest(visits: readonly Visit[], since: Date): Map<string, Date> {
  const found = new Map<string, Date>();
  for (const { host, at } of visits) if (at >= since && at > (found.get(host) ?? since)) found.set(host, at);
  return found;
}

function docker(config: Config, project: string, connection: DockerConnection, { context }: Workspace): Where {
  const { pull_requests: pr, odoo, build } = config;
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
  const caddy = caddyProxy(dialProxy(connection, project, context.signal), pr.tls);
  const name = sharedName(project, 'proxy');
  return {
    engine,
    proxy: { ...caddy, ...routesOf(caddy, engine, name) },
    visits: async (since, signal) => {
      const visits: Visit[] = [];
      const onLine = (line: string) => void visits.push(...[visitOf(line)].filter((visit) => visit !== null));
      await followLogs(connection, name, { tail: LOOKED_THROUGH, follow: false, onLine }, signal);
      return latest(visits, since);
    },
    watchVisits: (onVisit, signal) => {
      const onLine = (line: string) => {
        const visit = visitOf(line);
        if (visit) onVisit(visit);
      };
      return followLogs(connection, name, { tail: 0, follow: 'signal', onLine }, signal);
    },
  };
}

/** Without a running proxy there are no routes: it comes with the first environment, and keeps them where it stands still. */
function routesOf(caddy: Proxy, engine: Engine, name: string): Pick<Keeper, 'things'> & Pick<Proxy, 'routes'> {
  const isThere = async (project: string, signal: AbortSignal): Promise<boolean> =>
    (await engine.things(project, signal)).some(
      (thing) => thing.part === 'proxy' && thing.kind === 'container' && thing.name === name && thing.running === true,
    );
  return {
    things: async (project, signal) => ((await isThere(project, signal)) ? caddy.things(project, signal) : []),
    routes: async (project, signal) => ((await isThere(project, signal)) ? caddy.routes(project, signal) : []),
  };
}

async function processes(workspace: Workspace): Promise<Where> {
  const { environment, root, stateFolder } = workspace;
  const engine = processEngine({
    folder: join(stateFolder, 'environments'),
    odoo: await findOdoo({ env: environment, repository: root }),
    runAs: await resolveRunAs(environment),
    mail: { host: 'mailpit', port: 1025 },
    environment,
  });
  return { engine, proxy: null, visits: () => Promise.resolve(new Map()), watchVisits: null };
}

/**
 * Where this repository's environments run: as odoo-ops.yml says; by itself Docker where an engine answers, else processes of this machine.
 * @throws OpsError `unreachable` where the engine that is asked for does not answer
 */
export async function chooseEngine(workspace: Workspace, config: Config, project: string): Promise<Where> {
  const wish = config.pull_requests.engine;
  if (wish === 'process') return processes(workspace);
  try {
    return docker(config, project, await connect(workspace.environment, workspace.context.signal), workspace);
  } catch (error) {
    if (wish === 'docker' || !isOpsError(error, 'unreachable')) throw error;
    return await processes(workspace).catch((): never => {
      throw error; // Docker is what is missing, not an Odoo on this machine
    });
  }
}
