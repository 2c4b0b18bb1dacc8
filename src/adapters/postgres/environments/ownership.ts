import type { Client } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import { literal } from '../../../core/neutralisation/statement.ts';
import { identifier } from './sql.ts';

/** Statements in one transaction: each locks a table with its indexes, and a server has room for some thousand locks. */
const TOGETHER = 100;

/** Not of PostgreSQL itself, not of an extension, and owned by somebody else than the new owner, whose name stands for `%OWNER%`. */
const strange = (catalog: string, oid: string, owner: string): string =>
  `(${oid} >= 16384 or ${oid} = 'public'::regnamespace::oid) and ${owner} <> %OWNER%::regrole and not exists (select from pg_depend e
    where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

/** Kinds that have a schema and a name, each with its catalog and the prefix of its columns. */
const NAMED = [
  ['collation', 'pg_collation', 'coll'],
  ['conversion', 'pg_conversion', 'con'],
  ['text search dictionary', 'pg_ts_dict', 'dict'],
  ['text search configuration', 'pg_ts_config', 'cfg'],
  ['statistics', 'pg_statistic_ext', 'stx'],
] as const;

/**
 * What belongs to somebody else, as statements. REASSIGN OWNED would be shorter, and would give away what the old owner has besides: the
 * database of staging itself. Indexes, sequences of columns and the types of tables follow their table,
 * and from PostgreSQL 17 on a multirange its range.
 */
const STRANGE = [
  // The schema public belongs to whoever owns the database.
  `select format('alter schema %I', n.nspname) from pg_namespace n where n.nspowner <> 'pg_database_owner'::regrole
     and n.nspname !~ '^pg_(toast_)?temp_' and ${strange('pg_namespace', 'n.oid', 'n.nspowner')}`,
  `select format('alter %s %s', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
       when 'f' then 'foreign table' else 'table' end, c.oid::regclass)
     from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't' and ${strange('pg_class', 'c.oid', 'c.relowner')}
     and not (c.relkind = 'S' and exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
       and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')))`,
  `select format('alter type %s', t.oid::regtype) from pg_type t where ${strange('pg_type', 't.oid', 't.typowner')} 
     and (t.typtype <> 'm' or current_setting('server_version_num')::int < 170000)
     and not exists (select from pg_type a where a.typarray = t.oid)
     and (t.typrelid = 0 or exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))`,
  // Constructors of range types are PostgreSQL's own, whoever made the type.
  `select format('alter routine %s', p.oid::regprocedure) from pg_proc p where ${strange('pg_proc', 'p.oid', 'p.proowner')}
     and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')`,
  `select format('alter operator %s', o.oid::regoperator) from pg_operator o where ${strange('pg_operator', 'o.oid', 'o.oprowner')}`,
  ...(['class', 'family'] as const).map((kind) => {
    const [catalog, prefix] = kind === 'class' ? ['pg_opclass', 'opc'] : ['pg_opfamily', 'opf'];
    return `select format('alter operator ${kind} %I.%I using %I', n.nspname, o.${prefix}name, a.amname) from ${catalog} o
      join pg_namespace n on n.oid = o.${prefix}namespace join pg_am a on a.oid = o.${prefix}method where ${strange(catalog, 'o.oid', `o.${prefix}owner`)}`;
  }),
  ...NAMED.map(
    ([kind, catalog, prefix]) => `select format('alter ${kind} %I.%I', n.nspname, o.${prefix}name) from ${catalog} o
      join pg_namespace n on n.oid = o.${prefix}namespace where ${strange(catalog, 'o.oid', `o.${prefix}owner`)}`,
  ),
  `select format('alter large object %s', l.oid) from pg_largeobject_metadata l where l.lomowner <> %OWNER%::regrole`,
];

/** Languages and extensions by which code in a database reaches other machines, or files of the server. */
const WAYS_OUT = `
  select 'extension ' || extname as what from pg_extension where extname in ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'http', 'pg_net', 'plproxy')
  union all select 'language ' || lanname from pg_language where not lanpltrusted and lanname not in ('internal', 'c')
  union all select 'foreign server ' || srvname from pg_foreign_server order by 1`;

/** @throws OpsError `rejected` where code in this database could leave it, past the network that locks its Odoo in */
export async function requireNoWayOut(client: Client): Promise<void> {
  const ways = (await client.query<{ what: string }>(WAYS_OUT)).rows.map(({ what }) => what);
  if (ways.length === 0) return;
  throw new OpsError('rejected', `The database lets code reach other machines from the server: ${ways.join(', ')}.`, {
    hint: 'Drop them there, or make the template of a database without them.',
    details: { ways },
  });
}

/** Statements that are left to do. */
async function foreign(client: Client, owner: string): Promise<string[]> {
  const sql = STRANGE.map((query) => query.replaceAll('%OWNER%', literal(identifier(owner)))).join('\nunion all\n');
  return (await client.query<[string]>({ text: sql, rowMode: 'array' })).rows.map(([statement]) => statement);
}

/**
 * Makes all that is in the database the owner's, members of extensions excepted; nothing outside of it changes hands.
 * @returns how many things changed hands
 * @throws OpsError `rejected` where something did not
 */
export async function giveAll(client: Client, owner: string): Promise<number> {
  // Event triggers of the copy would run with the rights of who copies.
  const { rows } = await client.query<{ rolsuper: boolean }>('select rolsuper from pg_roles where rolname = current_user');
  if (rows[0]?.rolsuper === true) await client.query('set session_replication_role = replica');
  const statements = await foreign(client, owner);
  for (let at = 0; at < statements.length; at += TOGETHER) {
    const together = statements.slice(at, at + TOGETHER).map((statement) => `${statement} owner to ${identifier(owner)}`);
    await client.query(together.join(';\n'));
  }
  const left = statements.length === 0 ? [] : await foreign(client, owner);
  if (left.length === 0) return statements.length;
  throw new OpsError('rejected', `${left.length} things in the copy keep their owner: ${left.slice(0, 3).join(', ')}.`);
}
