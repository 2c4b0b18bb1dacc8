import { join } from 'node:path';
import type { ConnectionOptions } from '../../adapters/postgres/connection.ts';
import { postgresControlPlane } from '../../adapters/postgres/control-plane.ts';
import { runningEmbedded } from '../../adapters/postgres/embedded.ts';
import { supabaseControlPlane } from '../../adapters/supabase/control-plane.ts';
import type { SupabaseOptions } from '../../adapters/supabase/client.ts';
import { milliseconds } from '../../core/config/duration.ts';
import type { SupabaseConfig } from '../../core/config/control-plane.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { writesRecords } from '../../core/control-plane/session.ts';
import { OpsError } from '../../core/errors.ts';
import { packageRoot } from '../version.ts';
import type { SupabaseProject, Workspace } from '../workspace.ts';

export const embeddedStateFile = (workspace: Workspace): string => join(workspace.stateFolder, 'control-plane.json');

export const migrationsFolder = (): string => join(packageRoot(), 'src', 'adapters', 'postgres', 'migrations');

/** How to connect to the PostgreSQL: the variable that odoo-ops.yml names, else the embedded server of this clone, else none. */
export async function connectionOf(workspace: Workspace): Promise<ConnectionOptions | null> {
  const { url_env: variable, timeout } = workspace.config.control_plane;
  const url = workspace.environment[variable] ?? (await runningEmbedded(embeddedStateFile(workspace)))?.url;
  if (url === undefined || url === '') return null;
  return { url, timeout: milliseconds(timeout), signal: workspace.context.signal };
}

/** The same, for what cannot be done through Supabase's API. @throws OpsError `usage` where there is none */
export async function requireConnection(workspace: Workspace): Promise<ConnectionOptions> {
  const connection = await connectionOf(workspace);
  if (connection) return connection;
  throw new OpsError('usage', 'There is no connection to the PostgreSQL of the control plane.', {
    hint: `Set ${workspace.config.control_plane.url_env} to its connection string, or run \`odoo-ops control-plane start\`.`,
  });
}

/** The token of CI, which goes before that of a person. */
const tokenOfCi = ({ environment }: Workspace, { token_env }: SupabaseConfig): string => environment[token_env] ?? '';

/** @throws OpsError `config` without a key */
function projectOf(workspace: Workspace, supabase: SupabaseConfig): SupabaseProject {
  const { url, publishable_key, publishable_key_env, token_env } = supabase;
  const { client_id: clientId, timeout } = workspace.config.control_plane;
  const key = [publishable_key, workspace.environment[publishable_key_env], tokenOfCi(workspace, supabase)].find(
    (value) => value !== undefined && value !== '',
  );
  if (key !== undefined) return { url, key, clientId, timeout: milliseconds(timeout) };
  throw new OpsError('config', `There is no key for the Supabase project at ${new URL(url).host}.`, {
    hint: `Set control_plane.supabase.publishable_key in odoo-ops.yml, or ${publishable_key_env} or ${token_env} in the environment.`,
  });
}

/** The project that a person signs in to; null where none is configured, or CI's token is used instead. @throws OpsError `config` */
export function signInProject(workspace: Workspace): SupabaseProject | null {
  const { supabase } = workspace.config.control_plane;
  return supabase && tokenOfCi(workspace, supabase) === '' ? projectOf(workspace, supabase) : null;
}

/** How to ask Supabase: CI by the token of its environment, a person by their session. @throws OpsError `config` without a key */
export function supabaseOptions(workspace: Workspace, supabase: SupabaseConfig): SupabaseOptions {
  const project = projectOf(workspace, supabase);
  const token = tokenOfCi(workspace, supabase);
  const { url, key, timeout } = project;
  const { signal } = workspace.context;
  return { url, key, timeout, signal, token: () => (token === '' ? workspace.accessToken(project) : Promise.resolve(token)) };
}

/**
 * Who delivers: `ci` writes records, a person's session is for reading (§7.2), and nobody can do neither.
 * @throws OpsError `config`, `unreachable`
 */
export async function deliversAs(workspace: Workspace): Promise<'ci' | 'person' | 'nobody'> {
  const project = signInProject(workspace);
  const token = project && (await workspace.accessToken(project));
  if (project === null) return 'ci';
  return token === null ? 'nobody' : writesRecords(token) ? 'ci' : 'person';
}

/** The control plane of this repository; null where none is configured and none runs. It is not asked yet. */
export async function openControlPlane(workspace: Workspace): Promise<ControlPlane | null> {
  const { client_id, supabase } = workspace.config.control_plane;
  if (supabase) return supabaseControlPlane(supabaseOptions(workspace, supabase), client_id);
  const connection = await connectionOf(workspace);
  return connection && postgresControlPlane(connection, client_id);
}

/** @throws OpsError `usage` where there is none */
export async function requireControlPlane(workspace: Workspace): Promise<ControlPlane> {
  const plane = await openControlPlane(workspace);
  if (plane) return plane;
  throw new OpsError('usage', 'No control plane is configured.', {
    hint: `Set control_plane.supabase in odoo-ops.yml or ${workspace.config.control_plane.url_env}, or run \`odoo-ops control-plane start\`.`,
  });
}
