import { startEmbedded, stopEmbedded } from '../../adapters/postgres/embedded.ts';
import { migrate } from '../../adapters/postgres/migrate.ts';
import { milliseconds } from '../../core/config/duration.ts';
import { embeddedStateFile, migrationsFolder } from './open.ts';
import type { Workspace } from '../workspace.ts';

/** Starts the embedded PostgreSQL of this clone with its schema. */
export async function startControlPlane(workspace: Workspace): Promise<{ port: number; migrations: string[] }> {
  const { signal } = workspace.context;
  const { url, port } = await startEmbedded(embeddedStateFile(workspace), signal);
  const timeout = milliseconds(workspace.config.control_plane.timeout);
  return { port, migrations: await migrate({ url, timeout, signal }, migrationsFolder()) };
}

export async function stopControlPlane(workspace: Workspace, remove: boolean): Promise<boolean> {
  return stopEmbedded(embeddedStateFile(workspace), remove, workspace.context.signal);
}
