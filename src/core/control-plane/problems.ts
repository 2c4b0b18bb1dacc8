import type { ExpectedSchema, Policy, SchemaDescription, Table } from './description.ts';

export interface SchemaProblem {
  kind: 'older' | 'newer' | 'missing' | 'altered' | 'row-security' | 'policy' | 'trigger' | 'grant' | 'function' | 'storage';
  /** The table, view or function that it is about; null for the schema as a whole. */
  subject: string | null;
  message: string;
  fix: string;
  /** True where nothing may be written before it is mended: rows would be lost, or seen by others. */
  blocking: boolean;
}

type Report = (kind: SchemaProblem['kind'], subject: string | null, message: string, fix: string) => SchemaProblem;
const blocking: Report = (kind, subject, message, fix) => ({ kind, subject, message, fix, blocking: true });
const finding: Report = (kind, subject, message, fix) => ({ kind, subject, message, fix, blocking: false });

/** The schema can be made anew at any time: all that is in it stands in the evidence. */
const ANEW =
  'Make the schema anew: `alter schema ops rename to ops_old`, then `odoo-ops control-plane migrate` and `odoo-ops evidence sync`, which fills it from the evidence.';

const COMMANDS: Readonly<Record<string, string>> = { r: 'select', a: 'insert', w: 'update', d: 'delete', '*': 'all' };

function createPolicy(table: string, { name, command, permissive, roles, using, check }: Policy): string {
  return [
    `create policy ${name} on ops.${table}`,
    permissive ? '' : ' as restrictive',
    ` for ${COMMANDS[command] ?? 'all'} to ${roles.join(', ')}`,
    using === null ? '' : ` using (${using})`,
    check === null ? '' : ` with check (${check})`,
    ';',
  ].join('');
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Supabase Auth reads the members, to put their client into their token. */
const isOfAuth = (table: string, { name, roles, command }: Policy): boolean =>
  table === 'client_members' && name === 'read_by_auth' && command === 'r' && same(roles, ['supabase_auth_admin']);

function policyProblems({ name, policies }: Table, expected: Table): SchemaProblem[] {
  const lost = expected.policies.filter((policy) => !policies.some((found) => same(found, policy)));
  const strange = policies.filter(
    (policy) => policy.permissive && !isOfAuth(name, policy) && !expected.policies.some(({ name: known }) => known === policy.name),
  );
  return [
    ...lost.map((policy) => {
      const there = policies.some((found) => found.name === policy.name);
      const drop = there ? `drop policy ${policy.name} on ops.${name}; ` : '';
      const what = there ? 'was changed' : 'is missing';
      return blocking('policy', name, `Policy ${policy.name} of ops.${name} ${what} (§7.2).`, drop + createPolicy(name, policy));
    }),
    ...strange.map((policy) =>
      blocking(
        'policy',
        name,
        `Policy ${policy.name} of ops.${name} is none of ours, and lets through what ours do not.`,
        `drop policy "${policy.name}" on ops.${name};`,
      ),
    ),
  ];
}

function triggerProblems({ name, triggers }: Table, expected: Table): SchemaProblem[] {
  return expected.triggers.flatMap((trigger) => {
    const found = triggers.find((other) => other.name === trigger.name);
    if (same(found, trigger)) return [];
    const always = `alter table ops.${name} enable always trigger ${trigger.name};`;
    const message = `Trigger ${trigger.name} of ops.${name} is ${found ? 'changed or switched off' : 'missing'}: rows could be changed.`;
    const drop = found ? `drop trigger ${trigger.name} on ops.${name}; ` : '';
    return [
      blocking('trigger', name, message, found?.definition === trigger.definition ? always : `${drop}${trigger.definition}; ${always}`),
    ];
  });
}

function columnProblems({ name, columns }: Table, expected: Table): SchemaProblem[] {
  const lost = expected.columns.flatMap((column) => {
    const found = columns.find((other) => other.name === column.name);
    if (found?.type === column.type) return [];
    const sql = found
      ? `alter table ops.${name} alter column ${column.name} type ${column.type};`
      : `alter table ops.${name} add column ${column.name} ${column.type};`;
    const message = found ? `${column.name} of ops.${name} is ${found.type} now` : `ops.${name} has lost its column ${column.name}`;
    return [blocking('altered', name, `${message}: somebody altered it.`, expected.kind === 'table' ? sql : ANEW)];
  });
  const strange = columns.filter((column) => column.required && !expected.columns.some((known) => known.name === column.name));
  return [
    ...lost,
    ...strange.map((column) =>
      blocking(
        'altered',
        name,
        `ops.${name} has a column ${column.name} that must be filled, and that nobody fills.`,
        `alter table ops.${name} alter column ${column.name} drop not null;`,
      ),
    ),
  ];
}

/** Of the roles that requests act as; what a team gives to its own is its own affair. */
function grantProblems({ name, grants }: Table, expected: Table | undefined): SchemaProblem[] {
  const outside = ['anon', 'public'].flatMap((role) => {
    const privileges = grants[role];
    if (!privileges) return [];
    const report = expected ? blocking : finding;
    return [
      report('grant', name, `${role} may ${privileges.join(', ').toLowerCase()} ops.${name}.`, `revoke all on ops.${name} from ${role};`),
    ];
  });
  if (!expected) return outside;
  const inside = ['authenticated', 'service_role'].flatMap((role) => {
    const [given, meant] = [grants[role] ?? [], expected.grants[role] ?? []];
    const beyond = given.filter((privilege) => !meant.includes(privilege));
    const short = meant.filter((privilege) => !given.includes(privilege));
    return [
      ...beyond.map((privilege) =>
        blocking('grant', name, `${role} may ${privilege.toLowerCase()} ops.${name}.`, `revoke ${privilege} on ops.${name} from ${role};`),
      ),
      ...short.map((privilege) =>
        blocking('grant', name, `${role} may not ${privilege.toLowerCase()} ops.${name}.`, `grant ${privilege} on ops.${name} to ${role};`),
      ),
    ];
  });
  return [...outside, ...inside];
}

function securityProblem({ name, kind, row_security, forced, columns }: Table, ours: boolean): SchemaProblem[] {
  // Rows of clients have an owner; a team's own list of colours has none.
  if (!columns.some((column) => column.name === 'client_id')) return [];
  const report = ours || kind === 'table' ? blocking : finding;
  if (kind !== 'table') {
    if (row_security) return [];
    const sql = kind === 'view' ? `alter view ops.${name} set (security_invoker = true);` : `drop materialized view ops.${name};`;
    return [report('row-security', name, `The ${kind} ops.${name} passes by row-level security: it shows what its owner sees.`, sql)];
  }
  if (row_security && forced) return [];
  const what = row_security ? 'not forced on its owner' : 'switched off';
  const sql = `alter table ops.${name} enable row level security, force row level security;`;
  return [report('row-security', name, `Row-level security of ops.${name} is ${what}.`, sql)];
}

function tableProblems(table: Table, expected: Table | undefined): SchemaProblem[] {
  const general = [...securityProblem(table, expected !== undefined), ...grantProblems(table, expected)];
  if (!expected) return general;
  return [...general, ...policyProblems(table, expected), ...triggerProblems(table, expected), ...columnProblems(table, expected)];
}

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
