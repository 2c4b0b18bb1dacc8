import { join } from 'node:path';
import type { ConnectionOptions } from '../../adapters/postgres/connection.ts';
import { postgresControlPlane } from '../../adapters/postgres/control-plane.ts';
import { runningEmbedded } from '../../adapters/postgres/embedded.ts';
import { milliseconds } from '../../core/config/duration.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { OpsError } from '../../core/errors.ts';
import { packageRoot } from '../version.ts';
import type { Workspace } from '../workspace.ts';

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

/** The control plane of this repository; null where none is configured and none runs. It is not asked yet. */
export async function openControlPlane(workspace: Workspace): Promise<ControlPlane | null> {
  const connection = await connectionOf(workspace);
  return connection && postgresControlPlane(connection, workspace.config.control_plane.client_id);
}

/** @throws OpsError `usage` where there is none */
export async function requireControlPlane(workspace: Workspace): Promise<ControlPlane> {
  const plane = await openControlPlane(workspace);
  if (plane) return plane;
  throw new OpsError('usage', 'No control plane is configured.', {
    hint: `Set control_plane.supabase in odoo-ops.yml or ${workspace.config.control_plane.url_env}, or run \`odoo-ops control-plane start\`.`,
  });
}
