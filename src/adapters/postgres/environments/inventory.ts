import type { Client } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import type { Stamp, Thing } from '../../../core/pr-environments/thing.ts';
import { PREFIX, templateRole } from './sql.ts';
import { isSameStamp, parseComment, stampOf, type Comment } from './stamp.ts';

/** A role that is ours: it has our prefix and bears our stamp, which it cannot write itself. */
export interface OurRole {
  name: string;
  comment: Comment;
}

/** A database that is ours: it has our prefix, and its owner bears our stamp. What its own comment says is its owner's word. */
export interface OurDatabase {
  name: string;
  owner: OurRole;
  stamp: Stamp;
  /** Of a template that is complete; null for all else. */
  template: string | null;
}

interface Row {
  name: string;
  comment: string | null;
  owner: string;
  owner_comment: string | null;
}

// shobj_description reads what only superusers, CREATEROLE and the owner write; for a database the owner is the environment itself.
const DATABASES = `
  select d.datname as name, shobj_description(d.oid, 'pg_database') as comment, r.rolname as owner,
    shobj_description(r.oid, 'pg_authid') as owner_comment
  from pg_database d join pg_roles r on r.oid = d.datdba where starts_with(d.datname::text, $1)`;
const ROLES = `select rolname as name, shobj_description(oid, 'pg_authid') as comment from pg_roles where starts_with(rolname::text, $1)`;

const ourRole = (name: string, text: string | null): OurRole | null => {
  const comment = name.startsWith(PREFIX) ? parseComment(text) : null;
  return comment && { name, comment };
};

function ourDatabase({ name, comment, owner, owner_comment }: Row): OurDatabase | null {
  const role = ourRole(owner, owner_comment);
  if (!role || !name.startsWith(PREFIX)) return null;
  const { project, number, created_at } = role.comment;
  if (number !== null) return { name, owner: role, stamp: stampOf(role.comment), template: null };
  if (owner !== templateRole(project)) return null;
  const own = parseComment(comment);
  if (own?.project === project) return { name, owner: role, stamp: stampOf(own), template: own.template };
  // Made and not marked yet: whoever made it was stopped between two statements, or marks it in a moment, which `remove` sees.
  return { name, owner: role, stamp: { ...stampOf(role.comment), expires_at: created_at }, template: null };
}

export async function ourDatabases(client: Client, prefix: string = PREFIX): Promise<OurDatabase[]> {
  const { rows } = await client.query<Row>(DATABASES, [prefix]);
  return rows.map(ourDatabase).filter((found) => found !== null);
}

export async function ourRoles(client: Client, prefix: string = PREFIX): Promise<OurRole[]> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(ROLES, [prefix]);
  return rows.map(({ name, comment }) => ourRole(name, comment)).filter((found) => found !== null);
}

/** All that bears our stamp for a project: environments' databases and roles, and templates. */
export async function ourThings(client: Client, project: string): Promise<Thing[]> {
  const databases = (await ourDatabases(client)).filter(({ stamp }) => stamp.project === project);
  const roles = (await ourRoles(client)).filter(({ comment }) => comment.project === project);
  const base = { running: null, bytes: null };
  return [
    ...databases.map(({ name, stamp }): Thing => ({
      ...base,
      kind: 'database',
      part: stamp.number === null ? 'template' : 'database',
      id: name,
      name,
      stamp,
    })),
    ...roles.map(({ name, comment }): Thing => ({
      ...base,
      kind: 'role',
      part: comment.number === null ? 'template' : 'role',
      id: name,
      name,
      stamp: stampOf(comment),
    })),
  ];
}

const exists = async (client: Client, sql: string, name: string): Promise<boolean> => (await client.query(sql, [name])).rows.length > 0;
export const databaseExists = (client: Client, name: string): Promise<boolean> =>
  exists(client, 'select from pg_database where datname = $1', name);
export const roleExists = (client: Client, name: string): Promise<boolean> =>
  exists(client, 'select from pg_roles where rolname = $1', name);

/** What has the name, where it is ours. @throws OpsError `rejected` where something that is not ours has it */
export async function findDatabase(client: Client, name: string, isOurs: (stamp: Stamp) => boolean): Promise<OurDatabase | null> {
  const found = (await ourDatabases(client, name)).find((one) => one.name === name);
  if (found && isOurs(found.stamp)) return found;
  if (await databaseExists(client, name)) throw notOurs('database', name);
  return null;
}

/** @throws OpsError `rejected` where a role that is not ours has the name */
export async function findRole(client: Client, name: string, isOurs: (stamp: Stamp) => boolean): Promise<OurRole | null> {
  const found = (await ourRoles(client, name)).find((one) => one.name === name);
  if (found && isOurs(stampOf(found.comment))) return found;
  if (await roleExists(client, name)) throw notOurs('role', name);
  return null;
}

const notOurs = (kind: string, name: string): OpsError =>
  new OpsError('rejected', `There is a ${kind} ${name} that PR environments did not make.`, {
    hint: `Rename or drop it, or use a server of its own for PR environments. What does not bear our mark is never touched.`,
    details: { [kind]: name },
  });

/** The thing as it is now, where it is still as it was listed. */
export async function asListed(client: Client, { kind, id, stamp }: Thing): Promise<boolean> {
  const found =
    kind === 'database'
      ? (await ourDatabases(client, id)).find(({ name }) => name === id)?.stamp
      : (await ourRoles(client, id)).find(({ name }) => name === id)?.comment;
  return found !== undefined && isSameStamp(found, stamp);
}
