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

  for (const [sql, says] of [
    ['alter table ops.builds disable row level security;', 'takes row-level security off ops.builds'],
    ['ALTER TABLE ONLY "ops"."builds" NO FORCE ROW LEVEL SECURITY;', 'takes row-level security off ops.builds'],
    ['alter table if exists ops.builds\n  disable   row\n  level security;', 'takes row-level security off ops.builds'],
    ['alter table ops.evidence disable trigger keep;', 'switches off a trigger of ops.evidence'],
    ['alter table ops.evidence enable replica trigger keep;', 'switches off a trigger of ops.evidence'],
    ['drop trigger if exists keep on ops.evidence;', 'drops a trigger of ops.evidence'],
    ['drop policy client_isolation on ops.builds;', 'changes a policy of ops.builds'],
    ['create policy open on ops.builds for select using (true);', 'shows everybody all of ops.builds'],
    ['grant select, insert on table ops.builds to authenticated, anon;', 'gives ops.builds to everybody'],
  ] as const) {
    it(`reports a table that is opened: ${JSON.stringify(sql)}`, () => {
      const [finding, ...more] = findings({ '2_b.sql': `-- a comment\n${sql}` });
      assert.equal(finding?.message, `It ${says}.`);
      assert.deepEqual([finding.severity, finding.range?.start, more.length], ['error', { line: 2, column: 1 }, 0]);
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

  it('takes neither a comment nor words in quotes for a statement, and sees what stands between them', () => {
    assert.deepEqual(
      findings({ '1_a.sql': "comment on table ops.builds is 'never: alter table ops.builds disable row level security;';" }),
      [],
    );
    assert.equal(findings({ '1_a.sql': "select ' -- '; alter table ops.builds disable row level security; select ' -- ';" }).length, 1);
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
