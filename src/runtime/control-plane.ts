import { join } from 'node:path';
import { runningEmbedded } from '../adapters/postgres/embedded.ts';
import { postgresControlPlane } from '../adapters/postgres/control-plane.ts';
import type { ConnectionOptions } from '../adapters/postgres/connection.ts';
import { milliseconds } from '../core/config/duration.ts';
import type { ControlPlane } from '../core/control-plane/port.ts';
import { packageRoot } from './version.ts';
import type { Workspace } from './workspace.ts';

export const embeddedStateFile = (workspace: Workspace): string => join(workspace.stateFolder, 'control-plane.json');

export const migrationsFolder = (): string => join(packageRoot(), 'src', 'adapters', 'postgres', 'migrations');

/** How to reach the control plane: the variable that odoo-ops.yml names, else the embedded server of this clone, else none. */
export async function connectionOf(workspace: Workspace): Promise<ConnectionOptions | null> {
  const { url_env: variable, timeout } = workspace.config.control_plane;
  const url = workspace.environment[variable] ?? (await runningEmbedded(embeddedStateFile(workspace)))?.url;
  if (url === undefined || url === '') return null;
  return { url, timeout: milliseconds(timeout), signal: workspace.context.signal };
}

export async function openControlPlane(workspace: Workspace): Promise<ControlPlane | null> {
  const connection = await connectionOf(workspace);
  return connection && postgresControlPlane(connection, workspace.config.control_plane.client_id);
}
