import type { ExpectedSchema, SchemaDescription } from './description.ts';
import { ANEW, blocking, finding, type SchemaProblem } from './schema-problem.ts';
import { same, securityProblem, tableProblems } from './table-problems.ts';

function functionProblems({ functions }: SchemaDescription, expected: ExpectedSchema): SchemaProblem[] {
  const changed = expected.functions.filter((known) => !functions.some((found) => same(found, known)));
  const strange = functions.filter(({ name, definer }) => definer && !expected.functions.some((known) => known.name === name));
  return [
    ...changed.map(({ name }) => blocking('function', name, `The function ${name} is missing or was changed.`, ANEW)),
    ...strange.map(({ name }) =>
      finding(
        'function',
        name,
        `The function ${name} runs with the rights of its owner, and may pass by row-level security.`,
        `alter function ${name} security invoker;`,
      ),
    ),
  ];
}

/** How the live schema differs in its version from the one that this program was made for. */
export function versionProblems({ migrations }: Pick<SchemaDescription, 'migrations'>, expected: readonly string[]): SchemaProblem[] {
  const lacking = expected.filter((name) => !migrations.includes(name));
  const unknown = migrations.filter((name) => !expected.includes(name));
  if (unknown.length > 0)
    return [blocking('newer', null, `The schema is newer than this odoo-ops: it has ${unknown.join(', ')}.`, 'Update odoo-ops.')];
  if (lacking.length === 0) return [];
  return [
    blocking(
      'older',
      null,
      `The schema is older than this odoo-ops: it lacks ${lacking.join(', ')}.`,
      'Run `odoo-ops control-plane migrate`.',
    ),
  ];
}

/**
 * What is wrong with a live schema: whatever differs from what the migrations make (tables, policies, triggers, grants, functions), and
 * what others put into it that would show rows of clients.
 * @param migrations names of those that this program brings
 */
export function schemaProblems(live: SchemaDescription, migrations: readonly string[], expected: ExpectedSchema): SchemaProblem[] {
  const version = versionProblems(live, migrations);
  const known = new Map(expected.tables.map((table) => [table.name, table]));
  // Another version has other tables: then what it is compared with is not what it should be. What protects rows holds in each version.
  if (version.length > 0) return [...version, ...live.tables.flatMap((table) => securityProblem(table, known.has(table.name)))];
  const missing = expected.tables.filter(({ name }) => !live.tables.some((table) => table.name === name));
  return [
    ...missing.map(({ name }) => blocking('missing', name, `ops.${name} is gone.`, ANEW)),
    ...live.tables.flatMap((table) => tableProblems(table, known.get(table.name))),
    ...functionProblems(live, expected),
    ...(live.storage !== null && live.storage.length === 0
      ? [
          finding(
            'storage',
            'storage.objects',
            'Storage has no policies for the evidence bucket: only the service role gets at it.',
            'Run the block of 20261125000500_ops_storage.sql as the owner of storage.objects (supabase_storage_admin).',
          ),
        ]
      : []),
  ];
}
