import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { sqlReader } from '../../../../src/adapters/formats/sql/sql.ts';
import { inside, sqlTokens } from '../../../../src/adapters/formats/sql/tokens.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string): FileFacts => sqlReader.read('a.sql', text) as FileFacts;
const writes = (text: string) => (read(text).sql_writes ?? []).map(({ verb, schema, name }) => `${verb} ${schema ?? '-'}.${name}`);
const tables = (text: string) => (read(text).sql_tables ?? []).map(({ schema, name, kind }) => `${kind} ${schema ?? '-'}.${name}`);

describe('the reader of SQL', () => {
  it('cuts words as PostgreSQL does: dollar quotes, escapes, comments in comments, names in quotes', () => {
    const sql = `select E'it\\'s; ''x' , 'a;''b', "Na""me", $tag$ body; $$ $tag$ /* a /* b */ ; */ -- c ;\n from t1$x`;
    assert.deepEqual(
      [...sqlTokens(sql)].map(({ kind, text }) => `${kind} ${text}`),
      [
        'word select',
        "string it\\'s; ''x",
        'mark ,',
        "string a;''b",
        'mark ,',
        'quoted Na"me',
        'mark ,',
        'body $tag$',
        'word from',
        'word t1$x',
      ],
    );
    const body = [...sqlTokens(sql)].find(({ kind }) => kind === 'body');
    assert.equal(body && sql.slice(...inside(body)), ' body; $$ ');
  });

  it('covers each character of any text once, and ends', () => {
    const parts = fc.constantFrom("'", '"', '$$', '$a$', '/*', '*/', '--', '\n', ';', '\\', 'E', 'insert into ', 'x', '(', ')', 'ä', ' ');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (words) => {
        const text = words.join('');
        let end = 0;
        for (const { from, to } of sqlTokens(text)) {
          assert.ok(from >= end && to > from && to <= text.length, JSON.stringify(text));
          end = to;
        }
        assert.equal(read(text).unreadable, undefined);
      }),
    );
  });

  it('finds changed rows wherever they stand', () => {
    assert.deepEqual(
      writes(
        'insert into a (b) values (1); UPDATE ONLY "S"."T" as x SET y = 1; delete from c.d using e; merge into f using g on true when matched then delete;',
      ),
      ['insert -.a', 'update S.T', 'delete c.d', 'merge -.f'],
    );
    assert.deepEqual(writes('with x as (insert into a select 1 returning *) select * from x; truncate table b, only c.d cascade;'), [
      'insert -.a',
      'truncate -.b',
      'truncate c.d',
    ]);
    assert.deepEqual(
      writes(
        "do $x$ begin if true then update a set b = 1; end if; execute 'delete from c'; execute format('insert into d values (%L)', 1); end $x$;",
      ),
      ['update -.a', 'delete -.c', 'insert -.d'],
    );
    assert.deepEqual(writes("create function f() returns void language sql as 'insert into a values (1)';"), ['insert -.a']);
    assert.deepEqual(
      writes("copy a (b, c) from stdin;\n1\tit's (;\n\\.\ninsert into d values (1);\n\\copy e from 'x.csv'\ninsert into f select 1;"),
      ['copy -.a', 'insert -.d', 'copy -.e', 'insert -.f'],
    );
  });

  it('takes nothing else for one', () => {
    for (const sql of [
      "-- insert into a values (1)\nselect 'insert into a values (1)' /* update a set b = 1 */;",
      'create trigger t before insert or update of x or truncate on a for each row execute function f();',
      'select * from a for update; grant insert, update, delete, truncate on a to b; copy a to stdout;',
      "comment on table a is $$delete from b$$; create function f() returns text language plpython3u as $$ plpy.execute('insert into a values (1)'); insert = 1 $$;",
      'alter table a add foreign key (b) references c on delete cascade on update set null;',
    ])
      assert.deepEqual(writes(sql), [], sql);
  });

  it('tells a table once for each verb, with how often', () => {
    const [write, ...more] = read('insert into a values (1);\n'.repeat(3)).sql_writes ?? [];
    assert.deepEqual([write?.times, write?.range.start, more.length], [3, { line: 1, column: 1 }, 0]);
  });

  it('knows tables of each kind, with their columns', () => {
    assert.deepEqual(
      tables(
        'create unlogged table if not exists a.b (c int); create temp table t (x int); create table p partition of a.b default; create foreign table f (x int) server s; create materialized view m as select 1; create table q as (select * from z);',
      ),
      ['table a.b', 'foreign -.f', 'materialized-view -.m', 'as-select -.q'],
    );
    const [table] =
      read(
        'create table a (id int, "B c" numeric(10, 2) default (1 + 2), constraint x unique (id), primary key (id), like odoo.account_move including all, d text[]);',
      ).sql_tables ?? [];
    assert.deepEqual([table?.columns, table?.reads], [['id', 'B c', 'd'], [{ schema: 'odoo', name: 'account_move' }]]);
  });

  it('knows foreign tables that are only read, subscriptions and publications', () => {
    const facts = read(
      "create server odoo foreign data wrapper postgres_fdw options (host 'x', updatable 'false'); create foreign table a (b int) server odoo options (table_name 'account_move'); import foreign schema public limit to (res_partner, \"X\") from server odoo into o; create subscription s connection 'host=odoo password=secret' publication p, q; create publication p for table account_move, only b.c;",
    );
    assert.deepEqual(
      facts.sql_servers?.map(({ name, read_only: readOnly }) => [name, readOnly]),
      [['odoo', true]],
    );
    assert.deepEqual(
      facts.sql_tables?.map(({ schema, name, remote_name: remote, server }) => [schema, name, remote, server]),
      [
        [null, 'a', 'account_move', 'odoo'],
        ['o', 'res_partner', 'res_partner', 'odoo'],
        ['o', 'X', 'X', 'odoo'],
      ],
    );
    assert.deepEqual(
      facts.sql_subscriptions?.map(({ publications, from_odoo: odoo }) => [publications, odoo]),
      [[['p', 'q'], true]],
    );
    assert.deepEqual(
      facts.sql_publications?.[0]?.tables.map(({ name }) => name),
      ['account_move', 'c'],
    );
    assert.ok(!JSON.stringify(facts).includes('secret'));
  });

  it('keeps the hash of a migration of Supabase only', () => {
    assert.equal(
      (sqlReader.read('x/supabase/migrations/1.sql', 'a\r\nb') as FileFacts).sql_texts?.[0]?.sha256,
      (sqlReader.read('supabase/migrations/2.sql', 'a\nb') as FileFacts).sql_texts?.[0]?.sha256,
    );
    assert.equal(read('select 1').sql_texts, undefined);
  });

  it("reads this program's own migrations: each table, and no word in the wrong place", async () => {
    const folder = new URL('../../../../src/adapters/postgres/migrations/', import.meta.url);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'));
    const all = await Promise.all(names.map(async (name) => read(await readFile(new URL(name, folder), 'utf8'))));
    const created = all.flatMap((facts) => facts.sql_tables ?? []).filter(({ schema }) => schema === 'ops');
    assert.ok(created.some(({ name, columns }) => name === 'builds' && columns.includes('client_id')));
    assert.ok(all.flatMap((facts) => facts.sql_writes ?? []).every(({ name }) => /^[a-z_]+$/.test(name)));
  });
});
