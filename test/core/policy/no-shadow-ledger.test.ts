import assert from 'node:assert/strict';
import { n8nReader } from '../../../src/adapters/formats/sql/n8n.ts';
import { javascriptSqlReader } from '../../../src/adapters/formats/sql/javascript.ts';
import { pythonSqlReader } from '../../../src/adapters/formats/sql/python.ts';
import { shellSqlReader } from '../../../src/adapters/formats/sql/shell.ts';
import { sqlReader } from '../../../src/adapters/formats/sql/sql.ts';
import { ledgerMatch } from '../../../src/core/policy/ledger/copy.ts';
import { LEDGER_TABLES } from '../../../src/core/policy/ledger/tables.ts';
import { noShadowLedger } from '../../../src/core/policy/no-shadow-ledger.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const READERS = [sqlReader, pythonSqlReader, javascriptSqlReader, shellSqlReader, n8nReader];
const findings = async (files: Record<string, string>) => {
  const facts = await repositoryFacts(READERS, files);
  return findingsOf(noShadowLedger, facts).map(({ severity, file, message }) => `${severity} ${file ?? ''}: ${message}`);
};
const inSupabase = (sql: string) => findings({ 'supabase/migrations/1_a.sql': sql });

describe('rule no-shadow-ledger: copies', () => {
  it("reports Odoo's tables by their names, in other spellings and other schemas", async () => {
    for (const [name, table] of [
      ['account_move', 'account_move'],
      ['odoo.account_move_line', 'account_move_line'],
      ['public.res_partners', 'res_partner'],
      ['stg_stock_quant', 'stock_quant'],
      ['raw_odoo_sale_orders', 'sale_order'],
      ['mirror_product_templates', 'product_template'],
      ['account_move_mirror', 'account_move'],
      ['odoo_shadow.purchase_order', 'purchase_order'],
    ] as const) {
      const [finding, ...more] = await inSupabase(`create table ${name} (id int);`);
      assert.match(finding ?? '', new RegExp(`^error .*Odoo's ${table},`), name);
      assert.equal(more.length, 0);
    }
  });

  it('reports a table by its columns, whatever it is called', async () => {
    const sql = 'create table ledger_lines (id uuid, move_id int, debit numeric, credit numeric, account_id int, partner_id int);';
    assert.match((await inSupabase(sql))[0] ?? '', /error .*copy of Odoo's account_move_line, by its columns move_id/);
    assert.deepEqual(await inSupabase(sql.replace(', partner_id int', '')), []);
  });

  it('warns where only a name speaks for it that others use too', async () => {
    assert.match((await inSupabase('create table sale_order (id int, total numeric);'))[0] ?? '', /^warning/);
    assert.match((await inSupabase('create table odoo_users (id int, uid uuid);'))[0] ?? '', /^warning/);
    assert.match(
      (await inSupabase('create table sale_order (id int, date_order date, client_order_ref text, invoice_status text);'))[0] ?? '',
      /^error/,
    );
  });

  it("lets alone what is the platform's own", async () => {
    for (const sql of [
      'create table purchase_orders (id uuid, supplier_name text, total_amount numeric);',
      'create table stock_movements (id uuid, quantity int); create table invoices (id uuid, amount numeric);',
      'create table ops.odoo_sync_runs (id int); create table odoo_partner_map (odoo_id int, user_id uuid);',
      'create temp table account_move (id int);',
      "create foreign table account_move (id int) server o options (updatable 'false');",
      "create server o foreign data wrapper postgres_fdw options (updatable 'false'); create foreign table account_move (id int) server o;",
      'create materialized view totals as select partner_id, sum(amount_total) from odoo.account_move group by partner_id;',
      'create view open_invoices as select * from odoo.account_move;',
    ])
      assert.deepEqual(await inSupabase(`create table colours (name text); ${sql}`), [], sql);
  });

  it('reports rows that are brought in by queries and by replication', async () => {
    assert.match(
      (await inSupabase('create materialized view m as select * from odoo.account_move;'))[0] ?? '',
      /materialized view m is filled with rows of Odoo's account_move/,
    );
    assert.match((await inSupabase('create table m as select * from odoo.stock_quant q join x using (id);'))[0] ?? '', /table m is filled/);
    assert.match((await inSupabase('create table m (like odoo.res_partner);'))[0] ?? '', /table m is filled/);
    assert.match((await inSupabase("create subscription s connection 'host=odoo' publication p;"))[0] ?? '', /subscription s copies/);
    assert.deepEqual(await inSupabase("create subscription s connection 'host=metrics' publication p;"), []);
  });

  it('warns of a foreign table that can be written to', async () => {
    assert.match(
      (await inSupabase('create foreign table o.account_move (id int) server odoo;'))[0] ?? '',
      /^warning .*o\.account_move lets Odoo's account_move be written/,
    );
  });

  it('makes one finding of a dump', async () => {
    const sql = LEDGER_TABLES.map(({ name }) => `create table public.${name} (id int);`).join('\n');
    const [finding, ...more] = await findings({ 'backup/dump.sql': sql });
    assert.match(finding ?? '', /^error backup\/dump\.sql: This file copies Odoo's tables .* and \d+ more\.$/);
    assert.equal(more.length, 0);
  });

  it('lets addons, Odoo itself, and tests alone', async () => {
    const sql = 'create table account_move (id int);';
    const files = {
      'x/__manifest__.py': '{}',
      'x/data/a.sql': sql,
      'addons/odoo/a.sql': sql,
      'src/odoo/odoo-bin': '',
      'src/odoo/b.sql': sql,
      'web/tests/c.sql': sql,
    };
    assert.deepEqual(await findings({ ...files, 'a.sql': 'select 1; create table t (id int);' }), []);
    assert.match(
      JSON.stringify(noShadowLedger.check(await repositoryFacts(READERS, { 'x/__manifest__.py': '{}', 'x/data/a.sql': sql }))),
      /not_applicable/,
    );
  });

  it('knows the columns of each table that it names', () => {
    for (const { name, columns } of LEDGER_TABLES.filter((table) => table.columns.length >= 5))
      assert.equal(ledgerMatch({ schema: null, name: 'anything' }, columns)?.certain, true, name);
  });
});

describe('rule no-shadow-ledger: writes', () => {
  it('reports programs outside that change rows of the ledger', async () => {
    assert.deepEqual(await findings({ 'tools/fix.py': 'import psycopg2\ncur.execute("UPDATE account_move SET state = %s", x)' }), [
      "error tools/fix.py: This program updates Odoo's account_move without its ORM.",
    ]);
    assert.deepEqual(await findings({ 'web/a.ts': "await db.from('res_partner').insert({});" }), [
      "error web/a.ts: This program inserts into Odoo's res_partner without its ORM.",
    ]);
    assert.deepEqual(await findings({ 'a.sh': 'psql -c "delete from stock_quant where id = 1"' }), [
      "error a.sh: This script deletes from Odoo's stock_quant without its ORM.",
    ]);
    assert.match(
      (await findings({ 'a.sql': 'update odoo.sale_order set x = 1; update sale_order set x = 1;' })).join('\n'),
      /^error .*odoo\.sale_order[^]*\nwarning/,
    );
  });

  it('lets reading, addons, settings, tests and what makes a copy harmless alone', async () => {
    const update = 'import psycopg2\ncur.execute("UPDATE account_move SET state = 1")';
    assert.deepEqual(
      await findings({
        'a.py': 'cur.execute("SELECT * FROM account_move"); cur.execute("INSERT INTO build_log (a) VALUES (1)")',
        'addons/ipai/x/models/a.py': update,
        'y/__manifest__.py': '{}',
        'y/a.py': update,
        'tests/test_a.py': update,
        'scripts/neutralize.sql': "update res_partner set email = 'x'; update ir_cron set active = false;",
        'scripts/anonymise.sh': 'psql -c "update res_users set login = \'x\'"',
        'setup.sql': "update ir_mail_server set active = false; insert into ir_config_parameter (key) values ('a');",
      }),
      [],
    );
  });

  it('tells a table that the repository makes itself as a copy, and once', async () => {
    const [finding, ...more] = await findings({
      'supabase/migrations/1_a.sql': 'create table account_move (id int);',
      'web/a.ts': "db.from('account_move').insert({});",
    });
    assert.match(finding ?? '', /is a copy/);
    assert.equal(more.length, 0);
  });

  it("knows tables of the team's own addons", async () => {
    const facts = await repositoryFacts(READERS, {
      'a.sql': 'update ipai_visit set a = 1; update ir_cron set a = 1;',
      'addons/ipai/x/models/v.py': '',
    });
    const method = {
      models: ['ipai.visit', 'ir.cron'],
      name: 'm',
      range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
      sleeps: [],
      loops: [],
      calls: [],
    };
    const files = new Map([...facts.files, ['addons/ipai/x/models/v.py', { model_methods: [method] }] as const]);
    assert.deepEqual(
      findingsOf(noShadowLedger, { ...facts, files }).map(({ message }) => message),
      ["This SQL updates Odoo's ipai_visit, a table of an addon, without its ORM."],
    );
  });
});
