import type { Policy, Table } from './description.ts';
import { ANEW, blocking, finding, type SchemaProblem } from './schema-problem.ts';

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

/** Equal as JSON: both come from one function of the database, in one order. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

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

/** What holds in each version of the schema, and for tables of others in it too. */
export function securityProblem({ name, kind, row_security, forced, columns }: Table, ours: boolean): SchemaProblem[] {
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

/** What is wrong with one table or view. @param expected what the migrations make of it; undefined where it is none of ours */
export function tableProblems(table: Table, expected: Table | undefined): SchemaProblem[] {
  const general = [...securityProblem(table, expected !== undefined), ...grantProblems(table, expected)];
  if (!expected) return general;
  return [...general, ...policyProblems(table, expected), ...triggerProblems(table, expected), ...columnProblems(table, expected)];
}
