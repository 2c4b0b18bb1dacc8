import { migrate, migrationStatus, type MigrationStatus } from '../../adapters/postgres/migrate.ts';
import type { SchemaProblem } from '../../core/control-plane/schema-problem.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import type { Workspace } from '../workspace.ts';
import { connectionOf, migrationsFolder, requireConnection, requireControlPlane } from './open.ts';
import { liveSchemaProblems } from './sound.ts';

/** Applies what the control plane lacks. @returns names of the migrations @throws OpsError `usage` without a connection string */
export async function migrateControlPlane(workspace: Workspace): Promise<string[]> {
  return migrate(await requireConnection(workspace), migrationsFolder());
}

export interface ControlPlaneStatus {
  kind: ControlPlane['kind'];
  /** Empty where only Supabase's API can be asked: then `problems` says whether it is older or newer. */
  migrations: MigrationStatus[];
  problems: SchemaProblem[];
}

/** @throws OpsError `usage` where no control plane is configured, `unreachable` */
export async function controlPlaneStatus(workspace: Workspace): Promise<ControlPlaneStatus> {
  const plane = await requireControlPlane(workspace);
  const connection = await connectionOf(workspace);
  const migrations = connection ? await migrationStatus(connection, migrationsFolder()) : [];
  // Without the schema there is nothing more to ask.
  const bare = migrations.length > 0 && migrations.every(({ state }) => state === 'pending');
  return { kind: plane.kind, migrations, problems: bare ? [] : await liveSchemaProblems(plane) };
}
