import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { sqlReader, sqlTextHash } from '../../../src/adapters/formats/sql/sql.ts';
import { readMigrations } from '../../../src/adapters/postgres/migrate.ts';
import { isSupabaseMigration, rowLevelSecurity } from '../../../src/core/policy/row-level-security.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const OURS = new Map([['20261125000000_ops_schema.sql', sqlTextHash('create schema ops;\n')]]);
const factsOf = (files: Record<string, string>) =>
  repositoryFacts([sqlReader], Object.fromEntries(Object.entries(files).map(([name, sql]) => [`supabase/migrations/${name}`, sql])), {
    our_migrations: OURS,
  });
const findings = async (files: Record<string, string>) => findingsOf(rowLevelSecurity, await factsOf(files));
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

  it('accepts our migrations as they are, and tables that are protected in any of the files', async () => {
    assert.deepEqual(await findings({ '20261125000000_ops_schema.sql': 'create schema ops;\n' }), []);
    assert.deepEqual(await findings({ '1_a.sql': 'create table ops.invoices (id int, client_id text);', '2_b.sql': SECURE }), []);
    assert.deepEqual(await findings({ '1_a.sql': 'create table ops.colours (name text);' }), []);
    assert.deepEqual(await findings({ '1_a.sql': 'create table public.invoices (client_id text);' }), []);
  });

  it('reports one of ours that was edited, by its file', async () => {
    const [finding, ...more] = await findings({ '20261125000000_ops_schema.sql': 'create schema ops; -- mine\n' });
    assert.deepEqual([finding?.file, finding?.paragraph, more.length], ['supabase/migrations/20261125000000_ops_schema.sql', '§7.2', 0]);
    assert.match(finding?.fix ?? '', /init --supabase/);
  });

  for (const [sql, says, column = 1] of [
    ['alter table ops.builds disable row level security;', 'takes row-level security off ops.builds'],
    ['ALTER TABLE ONLY "ops"."builds" NO FORCE ROW LEVEL SECURITY;', 'takes row-level security off ops.builds'],
    ['alter table if exists ops.builds\n  disable   row\n  level security;', 'takes row-level security off ops.builds'],
    ['alter table ops.evidence disable trigger keep;', 'switches off a trigger of ops.evidence'],
    ['alter table ops.evidence enable replica trigger keep;', 'switches off a trigger of ops.evidence'],
    ['drop trigger if exists keep on ops.evidence;', 'drops a trigger of ops.evidence'],
    ['drop policy client_isolation on ops.builds;', 'changes a policy of ops.builds'],
    ['create policy open on ops.builds for select using (true);', 'shows everybody all of ops.builds'],
    ['grant select, insert on table ops.builds to authenticated, anon;', 'gives ops.builds to everybody'],
    ['grant select on all tables in schema ops to anon;', 'gives all of schema ops to everybody'],
    ['create policy open on ops.builds to service_role, authenticated using (true);', 'shows everybody all of ops.builds'],
    ['CREATE POLICY "all" ON ops.builds USING ((true)) WITH CHECK (false);', 'shows everybody all of ops.builds'],
    ['do $$ begin alter table ops.builds disable row level security; end $$;', 'takes row-level security off ops.builds', 13],
    ["do $x$ begin execute 'drop trigger keep on ops.builds'; end $x$;", 'drops a trigger of ops.builds', 23],
  ] as const) {
    it(`reports a table that is opened: ${JSON.stringify(sql)}`, async () => {
      const [finding, ...more] = await findings({ '2_b.sql': `-- a comment\n${sql}` });
      assert.equal(finding?.message, `It ${says}.`);
      assert.deepEqual([finding.severity, finding.range?.start, more.length], ['error', { line: 2, column }, 0]);
    });
  }

  it('reports a table of clients that nothing protects, with what is missing', async () => {
    assert.match(
      (await findings({ '1_a.sql': 'create table ops.invoices (client_id text);' }))[0]?.message ?? '',
      /says enable and force row level/,
    );
    assert.match(
      (
        await findings({
          '1_a.sql': 'create table if not exists ops.invoices (client_id text); alter table ops.invoices enable row level security;',
        })
      )[0]?.message ?? '',
      /says force row level/,
    );
  });

  it('takes neither a comment nor words in quotes for a statement, and sees what stands between them', async () => {
    assert.deepEqual(
      await findings({ '1_a.sql': "comment on table ops.builds is 'never: alter table ops.builds disable row level security;';" }),
      [],
    );
    assert.equal(
      (await findings({ '1_a.sql': "select ' -- '; alter table ops.builds disable row level security; select ' -- ';" })).length,
      1,
    );
    assert.deepEqual(
      await findings({ '1_a.sql': '-- alter table ops.builds disable row level security;\n/* create table ops.x (client_id text); */' }),
      [],
    );
    assert.equal((await findings({ '1_a.sql': `create table ops.invoices (client_id text);\n-- ${SECURE}` })).length, 1);
  });

  it('passes on what is wrong with the live control plane', async () => {
    const problem = { kind: 'policy' as const, subject: 'builds', blocking: true, message: 'It leaks.', fix: 'drop policy x;' };
    const facts = await repositoryFacts([], {}, { schema_problems: [problem, { ...problem, kind: 'older' }] });
    const found = findingsOf(rowLevelSecurity, facts);
    assert.deepEqual(
      found.map(({ severity, file, message, fix }) => [severity, file, message, fix]),
      [
        ['error', null, 'Control plane: It leaks.', 'drop policy x;'],
        ['warning', null, 'Control plane: It leaks.', 'drop policy x;'],
      ],
    );
  });

  it('lets a policy for a role of the server stand, and one that only restricts', async () => {
    for (const policy of [
      'as restrictive using (true)',
      'for all to service_role using (true) with check (true)',
      'to "postgres" using (true)',
    ])
      assert.deepEqual(await findings({ '1_a.sql': `create policy open on ops.builds ${policy};` }), [], policy);
  });

  it('keeps to schema ops and to roles that are everybody', async () => {
    const sql =
      'alter table public.x disable row level security; grant select on ops.builds to authenticated; grant usage on schema ops to anon;';
    assert.deepEqual(await findings({ '1_a.sql': sql }), []);
    assert.deepEqual(await findings({ '1_a.sql': "create policy p on ops.builds using (client_id = auth.jwt() ->> 'client_id');" }), []);
  });

  it('takes our migration with other ends of lines for the same', async () => {
    assert.deepEqual(await findings({ '20261125000000_ops_schema.sql': 'create schema ops;\r\n' }), []);
  });

  it('looks only at migrations of Supabase, and says so where there are none', async () => {
    const sql = 'alter table ops.builds disable row level security;';
    const facts = await repositoryFacts([sqlReader], { 'scripts/a.sql': sql });
    assert.match(JSON.stringify(rowLevelSecurity.check(facts)), /not_applicable.*init --supabase/);
    const answer = rowLevelSecurity.check(await factsOf({ '1_a.sql': '', '2_b.sql': '' }));
    assert.deepEqual(answer, { looked_at: '2 migrations of Supabase', findings: [] });
  });

  it('sees tables that a loop of PL/pgSQL protects', async () => {
    const folder = new URL('../../../src/adapters/postgres/migrations/', import.meta.url);
    const texts = Object.fromEntries((await readMigrations(fileURLToPath(folder))).map(({ name, sql }) => [name, sql]));
    const theirs = await repositoryFacts(
      [sqlReader],
      Object.fromEntries(Object.entries(texts).map(([name, sql]) => [`supabase/migrations/x${name}`, sql])),
    );
    assert.deepEqual(
      findingsOf(rowLevelSecurity, theirs).filter(({ message }) => message.includes('holds rows of clients')),
      [],
    );
  });
});
