import type { Range } from '../finding.ts';

/** A name as PostgreSQL takes it: in small letters where it is not quoted. */
export interface SqlName {
  /** null where the statement does not say one. */
  schema: string | null;
  name: string;
}

/** A table that SQL makes. Temporary ones are gone with their session and are left out. */
export interface SqlTable extends SqlName {
  kind: 'table' | 'foreign' | 'as-select' | 'materialized-view';
  columns: string[];
  /** Tables that it is filled from, or made like. */
  reads: SqlName[];
  /** It is filled with sums and counts, not with rows. */
  grouped: boolean;
  /** Of a foreign table: the server, and the name of the table there; null for its own. */
  server: string | null;
  remote_name: string | null;
  /** Of a foreign table, or a server: `updatable 'false'` is said. */
  read_only: boolean;
  range: Range;
}

/** A server of other tables, for foreign ones. */
export interface SqlServer {
  name: string;
  read_only: boolean;
  range: Range;
}

export type SqlVerb = 'insert' | 'update' | 'delete' | 'merge' | 'truncate' | 'copy';

/** A statement that changes rows, the first one of its verb and table in a file. */
export interface SqlWrite extends SqlName {
  verb: SqlVerb;
  via: 'sql' | 'python' | 'javascript' | 'shell' | 'workflow' | 'n8n' | 'supabase-js';
  /** How often the file has it. */
  times: number;
  range: Range;
}

/** What a statement does to the protection of a table. */
export type SqlProtection = (
  | { change: 'enable' | 'force' | 'disable' | 'no-force' | 'trigger-off' | 'trigger-dropped' | 'policy-changed' }
  /** The text of its condition, the blanks made one; null where there is none, and of one that only restricts others. `public` where it names no role. */
  | { change: 'policy'; using: string | null; roles: string[] }
  | { change: 'grant'; roles: string[] }
) & { schema: string | null; /** null: all tables of the schema */ name: string | null; range: Range };

/** `create subscription`: rows of another database come in by themselves. */
export interface SqlSubscription {
  name: string;
  publications: string[];
  /** The connection speaks of Odoo. What else stands in it may be secret. */
  from_odoo: boolean;
  range: Range;
}

/** `create publication … for table …` */
export interface SqlPublication {
  name: string;
  tables: SqlName[];
  range: Range;
}

/** A migration of a Supabase project. */
export interface SqlText {
  /** Of the text with `\n` at the ends of lines, in hexadecimal. */
  sha256: string;
}

/** `ops.builds` */
export const sqlName = ({ schema, name }: SqlName): string => (schema === null ? name : `${schema}.${name}`);
