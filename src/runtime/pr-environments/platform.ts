import { remoteBranches, remoteUrl } from '../../adapters/git/refs.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { databaseServer } from '../../adapters/postgres/environments/server.ts';
import type { ServerOptions } from '../../adapters/postgres/environments/session.ts';
import type { Config } from '../../core/config/schema.ts';
import { OpsError } from '../../core/errors.ts';
import type { DatabaseServer } from '../../core/pr-environments/database-server.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import { environmentIdentity, projectName } from '../../core/pr-environments/names.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { Forge } from '../../core/pr-environments/pull-request.ts';
import type { Keeper } from '../../core/pr-environments/thing.ts';
import type { Sha } from '../../core/repository/names.ts';
import { configAt } from '../config-at.ts';
import { openForge } from '../forge.ts';
import type { Workspace } from '../workspace.ts';
import { chooseEngine, type Where } from './engine.ts';

/** Milliseconds for connecting to the database server, and for a question to it; work on databases has its own. */
const TIMEOUT = 15_000;

export interface PlatformOptions {
  /** Of the person who is signed in; null for what the environment has. */
  gitHubToken: string | null;
}

/** What PR environments of a repository stand on. */
export interface Platform extends Where {
  /** That of the staging branch: a branch says how its own environment is bounded as little as it judges its own promotion. */
  config: Config;
  project: string;
  server: DatabaseServer;
  /** Its connection string; a secret. */
  serverOptions: ServerOptions;
  forge: Forge | null;
  /** All who can say what there is. */
  keepers: readonly Keeper[];
  /** The environment's variables: secrets are named in the configuration and stand here. */
  variables: Workspace['environment'];
  /** Tip of the staging branch on the remote, as this clone last saw it. */
  staging: Sha | null;
}

/** @throws OpsError `usage` where no server is named */
export function requireServerUrl({ environment }: Workspace, { pull_requests: { database } }: Config): string {
  const url = environment[database.url_env];
  if (url !== undefined && url !== '') return url;
  throw new OpsError('usage', `${database.url_env} is not set: PR environments have no database server.`, {
    hint: `Set it to the connection string of a PostgreSQL server, as a role that may create roles and databases.`,
    details: { variable: database.url_env, reason: 'no-database-server' },
  });
}

/**
 * The configuration that PR environments follow: that of the staging branch, as this clone last saw it on the remote. That of the work
 * tree where there is none yet.
 * @throws OpsError `config`
 */
export async function environmentsConfig({ git, remote, config }: Workspace): Promise<Pick<Platform, 'config' | 'staging'>> {
  const branches = remote === null ? null : await remoteBranches(git, remote);
  const staging = branches?.get(config.branches.staging)?.sha ?? null;
  return { config: (staging === null ? null : await configAt(git, staging)) ?? config, staging };
}

/** What all that is made bears: the repository's name among those that share a host. */
export async function projectOf({ git, remote, root }: Workspace, config: Config): Promise<string> {
  const url = remote === null ? null : await remoteUrl(git, remote);
  return projectName(config.control_plane.client_id, url ?? root, sha256);
}

/**
 * Brings together what the repository's PR environments stand on; asks none of them yet but the engine, whether it is there.
 * @throws OpsError `usage` where something is not named, `unreachable` where no engine answers
 */
export async function openPlatform(workspace: Workspace, { gitHubToken }: PlatformOptions): Promise<Platform> {
  const { config, staging } = await environmentsConfig(workspace);
  const project = await projectOf(workspace, config);
  const serverUrl = requireServerUrl(workspace, config);
  const serverOptions = { url: serverUrl, timeout: TIMEOUT };
  const server = databaseServer(serverOptions);
  const where = await chooseEngine(workspace, config, project);
  const { engine, proxy } = where;
  return {
    ...where,
    config,
    project,
    server,
    serverOptions,
    forge: await openForge(workspace, gitHubToken),
    keepers: [...(proxy ? [proxy] : []), engine, server],
    variables: workspace.environment,
    staging,
  };
}

export const identityOf = (
  { project, config }: Pick<Platform, 'project' | 'config'>,
  { number, branch }: Pick<EnvironmentPlan, 'number' | 'branch'>,
): EnvironmentIdentity => environmentIdentity({ project, number, branch, host: config.pull_requests.host });

/** Where people open an environment; of a process by the port that was frozen into its database. */
export const environmentUrl = ({ engine, config }: Platform, identity: EnvironmentIdentity): string =>
  engine.kind === 'process' ? `http://localhost:${new URL(`http://${engine.upstream(identity).http}`).port}` : urlOf(config, identity.host);

/** Where people open an environment that stands behind the proxy. */
export function urlOf({ pull_requests: { tls, ports } }: Config, host: string): string {
  const [scheme, port, usual] = tls === 'off' ? (['http', ports.http, 80] as const) : (['https', ports.https, 443] as const);
  return `${scheme}://${host}${port === usual ? '' : `:${port}`}`;
}
