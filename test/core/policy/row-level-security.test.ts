import assert from 'node:assert/strict';
import { checkRowLevelSecurity, isSupabaseMigration } from '../../../src/core/policy/row-level-security.ts';

const OURS = new Map([['20261125000000_ops_schema.sql', 'create schema ops;\n']]);
const findings = (files: Record<string, string>) =>
  checkRowLevelSecurity(new Map(Object.entries(files).map(([name, sql]) => [`supabase/migrations/${name}`, sql])), OURS, null);
const SECURE = 'alter table ops.invoices enable row level security, force row level security;\n';

describe('rule row-level-security', () => {
  it('reads the migrations of a Supabase project, wherever it lies', () => {
    assert.deepEqual(
      [
        'supabase/migrations/1_a.sql',
        'infra/supabase/migrations/1_a.sql',
        'supabase/migrations/1_a.txt',
        'supabase/seed.sql',
        'migrations/1_a.sql',
      ].map(isSupabaseMigration),
      [true, true, false, false, false],
    );
  });

  it('accepts our migrations as they are, and tables that are protected in any of the files', () => {
    assert.deepEqual(findings({ '20261125000000_ops_schema.sql': 'create schema ops;\n' }), []);
    assert.deepEqual(findings({ '1_a.sql': 'create table ops.invoices (id int, client_id text);', '2_b.sql': SECURE }), []);
    assert.deepEqual(findings({ '1_a.sql': 'create table ops.colours (name text);' }), []);
    assert.deepEqual(findings({ '1_a.sql': 'create table public.invoices (client_id text);' }), []);
  });

  it('reports one of ours that was edited, by its file', () => {
    const [finding, ...more] = findings({ '20261125000000_ops_schema.sql': 'create schema ops; -- mine\n' });
    assert.deepEqual([finding?.file, finding?.paragraph, more.length], ['supabase/migrations/20261125000000_ops_schema.sql', '§7.2', 0]);
    assert.match(finding?.fix ?? '', /init --supabase/);
  });

  for (const sql of [
    'alter table ops.builds disable row level security;',
    'ALTER TABLE ONLY "ops"."builds" NO FORCE ROW LEVEL SECURITY;',
    'alter table if exists ops.builds\n  disable   row\n  level security;',
  ]) {
    it(`reports a table that is opened: ${JSON.stringify(sql)}`, () => {
      const [finding, ...more] = findings({ '2_b.sql': `-- a comment\n${sql}` });
      assert.match(finding?.message ?? '', /takes row-level security off ops\.builds/);
      assert.deepEqual([finding?.severity, finding?.range?.start, more.length], ['error', { line: 2, column: 1 }, 0]);
    });
  }

  it('reports a table of clients that nothing protects, with what is missing', () => {
    assert.match(
      findings({ '1_a.sql': 'create table ops.invoices (client_id text);' })[0]?.message ?? '',
      /says enable and force row level/,
    );
    assert.match(
      findings({
        '1_a.sql': 'create table if not exists ops.invoices (client_id text); alter table ops.invoices enable row level security;',
      })[0]?.message ?? '',
      /says force row level/,
    );
  });

  it('takes no comment for a statement', () => {
    assert.deepEqual(
      findings({ '1_a.sql': '-- alter table ops.builds disable row level security;\n/* create table ops.x (client_id text); */' }),
      [],
    );
    assert.equal(findings({ '1_a.sql': `create table ops.invoices (client_id text);\n-- ${SECURE}` }).length, 1);
  });

  it('passes on what is wrong with the live control plane', () => {
    const problem = { kind: 'policy' as const, subject: 'builds', blocking: true, message: 'It leaks.', fix: 'drop policy x;' };
    const found = checkRowLevelSecurity(new Map(), OURS, [problem, { ...problem, kind: 'older' }]);
    assert.deepEqual(
      found.map(({ severity, file, message, fix }) => [severity, file, message, fix]),
      [
        ['error', null, 'Control plane: It leaks.', 'drop policy x;'],
        ['warning', null, 'Control plane: It leaks.', 'drop policy x;'],
      ],
    );
  });
});
