import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readMigrations } from '../../adapters/postgres/migrate.ts';
import { describeSchema } from '../../core/control-plane/calls.ts';
import { expectedSchema, type ExpectedSchema } from '../../core/control-plane/description.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { schemaProblems } from '../../core/control-plane/problems.ts';
import type { SchemaProblem } from '../../core/control-plane/schema-problem.ts';
import { OpsError } from '../../core/errors.ts';
import { migrationsFolder } from './open.ts';

/** The migrations that this program brings, by name. */
export async function ourMigrations(): Promise<Map<string, string>> {
  return new Map((await readMigrations(migrationsFolder())).map(({ name, sql }) => [name, sql]));
}

/** What the migrations make of a fresh database. */
export async function ourSchema(): Promise<ExpectedSchema> {
  return expectedSchema.parse(JSON.parse(await readFile(join(migrationsFolder(), 'schema.json'), 'utf8')));
}

/** What is wrong with the live schema. @throws OpsError `unreachable` */
export async function liveSchemaProblems(plane: ControlPlane): Promise<SchemaProblem[]> {
  const [description, ours, expected] = await Promise.all([plane.call(describeSchema()), ourMigrations(), ourSchema()]);
  return schemaProblems(description, [...ours.keys()], expected);
}

const sound = new WeakSet<ControlPlane>();

/**
 * Nothing is written into a schema that is not ours as we know it: rows would be lost in it, or seen by others.
 * @throws OpsError `unreachable` with what is wrong and what to run
 */
export async function requireSoundSchema(plane: ControlPlane): Promise<void> {
  if (sound.has(plane)) return;
  const [problem, ...more] = (await liveSchemaProblems(plane)).filter(({ blocking }) => blocking);
  if (problem) {
    const rest = more.length > 0 ? ` (and ${more.length} more: \`odoo-ops check --rule row-level-security\`)` : '';
    throw new OpsError('unreachable', `Nothing was written to the control plane: ${problem.message}${rest}`, {
      hint: problem.fix,
      details: { problems: [problem, ...more] },
    });
  }
  sound.add(plane);
}
