import * as z from 'zod';
import { TABLES } from './tables.ts';

/** What `ops.describe()` says of the live schema. */
export const schemaDescription = z.object({
  migrations: z.array(z.string()),
  tables: z.array(
    z.object({
      name: z.string(),
      view: z.boolean(),
      row_security: z.boolean(),
      forced: z.boolean(),
      columns: z.array(z.string()),
      policies: z.array(
        z.object({
          name: z.string(),
          /** `r` select, `a` insert, `w` update, `d` delete, `*` all. */
          command: z.string(),
          permissive: z.boolean(),
          using: z.string().nullable(),
          check: z.string().nullable(),
        }),
      ),
      triggers: z.array(z.object({ name: z.string(), enabled: z.boolean() })),
      grants: z.record(z.string(), z.array(z.string())),
    }),
  ),
});
export type SchemaDescription = z.infer<typeof schemaDescription>;

export interface SchemaProblem {
  kind: 'older' | 'newer' | 'missing-table' | 'altered' | 'row-security' | 'policy' | 'trigger' | 'grant';
  /** Null where it is about the schema as a whole. */
  table: string | null;
  message: string;
  fix: string;
}

/** Every table with rows of clients, also those that others write. */
const CLIENT_TABLES: readonly string[] = [...Object.keys(TABLES), 'feature_flags', 'pull_request_environments', 'client_members', 'tasks'];
/** Tables whose rows may not go: each has a trigger on row changes, and one on TRUNCATE. */
const KEPT = CLIENT_TABLES.filter((name) => name !== 'client_members');

const MIGRATE = 'Run `odoo-ops control-plane migrate`.';
/** However PostgreSQL prints it. */
const ISOLATION = "client_id=auth.jwt->>'client_id'";
const compact = (expression: string): string => expression.replace(/[\s()]/g, '').replaceAll("'::text", "'");
/** §7.2, to the letter. */
const isIsolation = (expression: string | null): boolean => compact(expression ?? '') === ISOLATION;
/** The same, or narrower. */
const isNarrow = (expression: string): boolean =>
  compact(expression) === ISOLATION || (compact(expression).startsWith(`${ISOLATION}AND`) && !/\bor\b/i.test(expression));

type Table = SchemaDescription['tables'][number];

function viewProblems({ name, row_security }: Table): SchemaProblem[] {
  if (row_security) return [];
  return [
    {
      kind: 'row-security',
      table: name,
      message: `View ops.${name} passes by row-level security: it asks with the rights of its owner.`,
      fix: `alter view ops.${name} set (security_invoker = true);`,
    },
  ];
}

function grantProblems({ name, grants }: Table): SchemaProblem[] {
  return ['anon', 'public'].flatMap((role) => {
    const privileges = grants[role];
    if (!privileges) return [];
    const message = `${role} may ${privileges.join(', ').toLowerCase()} ops.${name}.`;
    return [{ kind: 'grant' as const, table: name, message, fix: `revoke all on ops.${name} from ${role};` }];
  });
}

function policyProblems(table: Table): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const add = (kind: SchemaProblem['kind'], message: string, fix: string) => problems.push({ kind, table: table.name, message, fix });
  const { name } = table;
  if (!table.row_security || !table.forced) {
    const missing = table.row_security ? 'not forced on its owner' : 'switched off';
    add(
      'row-security',
      `Row-level security of ops.${name} is ${missing}.`,
      `alter table ops.${name} enable row level security, force row level security;`,
    );
  }
  if (!table.policies.some(({ command, using }) => command === 'r' && isIsolation(using))) {
    add(
      'policy',
      `ops.${name} has no policy that shows a client its own rows only (§7.2).`,
      `create policy client_isolation on ops.${name} for select using (client_id = auth.jwt() ->> 'client_id');`,
    );
  }
  for (const policy of table.policies) {
    if (!policy.permissive || policy.name === 'read_by_auth') continue;
    const leaks = [policy.using, policy.check].some((expression) => expression !== null && !isNarrow(expression));
    if (leaks)
      add(
        'policy',
        `Policy ${policy.name} of ops.${name} lets through rows of other clients.`,
        `drop policy "${policy.name}" on ops.${name};`,
      );
  }
  return problems;
}

function triggerProblems({ name, triggers }: Table): SchemaProblem[] {
  const problem = (trigger: string): SchemaProblem => ({
    kind: 'trigger',
    table: name,
    message: `Trigger ${trigger} of ops.${name} is missing or switched off: rows could be changed.`,
    fix: `alter table ops.${name} enable trigger ${trigger};`,
  });
  return ['keep', 'keep_all'].filter((trigger) => !triggers.some((found) => found.name === trigger && found.enabled)).map(problem);
}

function columnProblems({ name, columns }: Table): SchemaProblem[] {
  if (!(name in TABLES)) return [];
  const missing = Object.keys(TABLES[name as keyof typeof TABLES].shape).filter((column) => !columns.includes(column));
  return missing.map((column) => ({
    kind: 'altered',
    table: name,
    message: `ops.${name} has lost its column ${column}: somebody altered the table.`,
    fix: 'Bring the column back as the migrations define it.',
  }));
}

/** How the live schema differs in its version from the one that this program was made for. */
export function versionProblems({ migrations }: Pick<SchemaDescription, 'migrations'>, expected: readonly string[]): SchemaProblem[] {
  const lacking = expected.filter((name) => !migrations.includes(name));
  const unknown = migrations.filter((name) => !expected.includes(name));
  const problem = (kind: 'older' | 'newer', message: string, fix: string): SchemaProblem => ({ kind, table: null, message, fix });
  if (unknown.length > 0)
    return [problem('newer', `The schema is newer than this odoo-ops: it has ${unknown.join(', ')}.`, 'Update odoo-ops.')];
  return lacking.length > 0 ? [problem('older', `The schema is older than this odoo-ops: it lacks ${lacking.join(', ')}.`, MIGRATE)] : [];
}

/**
 * What is wrong with a live schema: its version, tables that somebody altered, and everything that §7.2 asks for.
 * @param expected names of the migrations that this program brings
 */
export function schemaProblems(description: SchemaDescription, expected: readonly string[]): SchemaProblem[] {
  const version = versionProblems(description, expected);
  const tables = new Map(description.tables.map((table) => [table.name, table]));
  // An older or newer schema has other tables; what it has must be safe all the same.
  const missing = version.length > 0 ? [] : CLIENT_TABLES.filter((name) => !tables.has(name));
  return [
    ...version,
    ...missing.map((name): SchemaProblem => ({ kind: 'missing-table', table: name, message: `ops.${name} is gone.`, fix: MIGRATE })),
    ...description.tables.flatMap((table) => [
      ...(table.view ? viewProblems(table) : table.columns.includes('client_id') ? policyProblems(table) : []),
      ...grantProblems(table),
      ...(KEPT.includes(table.name) ? triggerProblems(table) : []),
      ...columnProblems(table),
    ]),
  ];
}
