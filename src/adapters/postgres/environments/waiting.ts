import type { Client } from 'pg';
import { literal } from '../../../core/neutralisation/statement.ts';
import type { EnvironmentIdentity } from '../../../core/pr-environments/identity.ts';
import { findRole, ourRoles } from './inventory.ts';
import { databaseName, identifier } from './sql.ts';
import { commentText, stampOf } from './stamp.ts';

/** Numbers of a project's environments that wait for their turn; it stands with their role, so that every clone and host knows. */
export async function waitingNumbers(client: Client, project: string): Promise<Set<number>> {
  const roles = await ourRoles(client);
  return new Set(
    roles.flatMap(({ comment }) => (comment.project === project && comment.waiting && comment.number !== null ? [comment.number] : [])),
  );
}

export async function setWaiting(client: Client, identity: EnvironmentIdentity, waiting: boolean): Promise<void> {
  const name = databaseName(identity);
  const role = await findRole(client, name, ({ project, number }) => project === identity.project && number === identity.number);
  if (!role || role.comment.waiting === waiting) return;
  await client.query(`comment on role ${identifier(name)} is ${literal(commentText(stampOf(role.comment), { waiting }))}`);
}
