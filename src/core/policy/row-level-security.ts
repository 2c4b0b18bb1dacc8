import { nameOf } from '../config/paths.ts';
import { count } from '../text.ts';
import type { Finding, Range } from './finding.ts';
import { factsOf, type RepositoryFacts, type RuleDefinition } from './rule.ts';
import type { SqlProtection } from './ledger/sql-facts.ts';

/** SQL of the repository that a Supabase project is made from. */
export const isSupabaseMigration = (path: string): boolean => /(?:^|\/)supabase\/migrations\/[^/]+\.sql$/.test(path);

const OPS = 'ops';
const EVERYBODY = ['anon', 'public'];
/** A role of the server itself, as `service_role`, is no client. */
const CLIENTS = [...EVERYBODY, 'authenticated'];

const error = (file: string, range: Range | null, message: string, fix: string): Finding => ({
  ...{ rule: 'row-level-security', severity: 'error', paragraph: '§7.2' },
  ...{ file, range, message, fix },
});

/** What a statement does that takes away what protects a table of schema ops; undefined where it takes nothing away. */
function opening(protection: SqlProtection): string | undefined {
  const table = protection.name === null ? 'all of schema ops' : `ops.${protection.name}`;
  switch (protection.change) {
    case 'disable':
    case 'no-force':
      return `takes row-level security off ${table}`;
    case 'trigger-off':
      return `switches off a trigger of ${table}`;
    case 'trigger-dropped':
      return `drops a trigger of ${table}`;
    case 'policy-changed':
      return `changes a policy of ${table}`;
    case 'policy':
      return protection.using?.replace(/[()\s]/g, '') === 'true' && protection.roles.some((role) => CLIENTS.includes(role))
        ? `shows everybody all of ${table}`
        : undefined;
    case 'grant':
      return protection.roles.some((role) => EVERYBODY.includes(role)) ? `gives ${table} to everybody` : undefined;
    default:
      return undefined;
  }
}

/** One of ours that was edited: `supabase db push` would not run it again, so the two databases would differ. */
function edited(facts: RepositoryFacts): Finding[] {
  return factsOf(facts, 'sql_texts').flatMap(({ file, sha256 }) => {
    const own = facts.our_migrations.get(nameOf(file));
    if (own === undefined || own === sha256) return [];
    const fix = 'Bring it back: delete it and run `odoo-ops init --supabase`. A change is a migration of its own.';
    return [error(file, null, 'This migration of schema ops differs from the one that odoo-ops brings.', fix)];
  });
}

/** What the repository's own migrations do to schema ops. */
function opened(facts: RepositoryFacts): Finding[] {
  const isTheirs = ({ file, schema }: { file: string; schema: string | null }): boolean =>
    schema === OPS && isSupabaseMigration(file) && !facts.our_migrations.has(nameOf(file));
  const protections = factsOf(facts, 'sql_protections').filter(isTheirs);
  const taken = protections.flatMap((protection) => {
    const what = opening(protection);
    return what === undefined ? [] : [error(protection.file, protection.range, `It ${what}.`, 'Remove the statement.')];
  });
  const unprotected = factsOf(facts, 'sql_tables').flatMap(({ file, range, name, columns, ...table }) => {
    if (!isTheirs({ file, ...table }) || !columns.includes('client_id')) return [];
    const missing = (['enable', 'force'] as const).filter(
      (how) => !protections.some((one) => [name, null].includes(one.name) && one.change === how),
    );
    if (missing.length === 0) return [];
    const message = `ops.${name} holds rows of clients, and no migration says ${missing.join(' and ')} row level security.`;
    const fix = `alter table ops.${name} enable row level security, force row level security; and a policy as §7.2 has it.`;
    return [error(file, range, message, fix)];
  });
  return [...taken, ...unprotected];
}

const live = ({ schema_problems: problems }: RepositoryFacts): Finding[] =>
  (problems ?? []).map(({ kind, message, fix }): Finding => ({
    rule: 'row-level-security',
    // Another version is no leak, and a bucket that is closed neither.
    severity: ['older', 'newer', 'storage'].includes(kind) ? 'warning' : 'error',
    ...{ file: null, range: null, message: `Control plane: ${message}`, fix, paragraph: '§7.2' },
  }));

/** §7.2: every table with rows of clients shows each client its own, whoever asks. */
export const rowLevelSecurity: RuleDefinition = {
  name: 'row-level-security',
  title: 'Each client sees its own rows of schema ops, and nobody else does',
  paragraph: '§7.2',
  check: (facts) => {
    const migrations = facts.paths.filter(isSupabaseMigration).length;
    if (migrations === 0 && facts.schema_problems === null) {
      return {
        not_applicable:
          'There is neither SQL in supabase/migrations nor a control plane to ask. `odoo-ops init --supabase` writes the migrations.',
      };
    }
    const looked = [
      ...(migrations > 0 ? [`${count(migrations, 'migration')} of Supabase`] : []),
      ...(facts.schema_problems === null ? [] : ['the control plane']),
    ];
    return { looked_at: looked.join(' and '), findings: [...edited(facts), ...opened(facts), ...live(facts)] };
  },
};
