import assert from 'node:assert/strict';
import type { FileFacts, Reader } from '../../../../src/core/policy/facts.ts';
import { n8nReader } from '../../../../src/adapters/formats/sql/n8n.ts';
import { javascriptSqlReader } from '../../../../src/adapters/formats/sql/javascript.ts';
import { pythonSqlReader } from '../../../../src/adapters/formats/sql/python.ts';
import { shellSqlReader, workflowSqlReader } from '../../../../src/adapters/formats/sql/shell.ts';

/** What it tells, where its own quick test lets the text through. */
const writes = (reader: Reader, path: string, text: string): string[] => {
  assert.ok(reader.reads(path), path);
  if (reader.mayTell?.(text) === false) return [];
  const facts = reader.read(path, text) as FileFacts;
  return (facts.sql_writes ?? []).map(
    ({ verb, schema, name, range }) => `${verb} ${schema === null ? '' : `${schema}.`}${name} ${range.start.line}:${range.start.column}`,
  );
};

describe('SQL in Python', () => {
  const python = (text: string) => writes(pythonSqlReader, 'scripts/a.py', text);
  it('is found in strings, joined strings and f-strings, at its place', () => {
    assert.deepEqual(python('cur.execute("INSERT INTO account_move " f"(a, {cols}) VALUES (%s)", x)'), ['insert account_move 1:14']);
    assert.deepEqual(python(`q = '''\n  UPDATE "res_partner" SET name = 'it\\'s'\n'''`), ['update res_partner 2:3']);
    assert.deepEqual(python('q = f"INSERT INTO {schema}.sale_order (a) SELECT 1"'), ['insert sale_order 1:7']);
    assert.deepEqual(python('q = "WITH x AS (SELECT 1) DELETE FROM stock_quant USING x"'), ['delete stock_quant 1:27']);
  });
  it('is neither documentation, nor a comment, nor prose, nor a name that the program makes', () => {
    for (const text of [
      '"""INSERT INTO account_move VALUES (1)"""',
      '# cur.execute("INSERT INTO account_move VALUES (1)")',
      'log.info("we insert into account_move (all rows)")',
      'cur.execute(f"DELETE FROM account_{x} WHERE a = 1")',
      'cur.execute(f"DELETE FROM {x}_move WHERE a = 1")',
      'cur.execute("SELECT * FROM account_move FOR UPDATE")',
    ])
      assert.deepEqual(python(text), [], text);
  });
  it('is not looked for in programs that Odoo runs', () => {
    const statement = 'env.cr.execute("UPDATE account_move SET a = 1")';
    for (const text of [
      `from odoo import api\n${statement}`,
      `import odoo\n${statement}`,
      `from openupgradelib import openupgrade\n${statement}`,
      statement,
    ])
      assert.deepEqual(python(text), [], text);
    assert.equal(python(`import odoorpc\n${statement.replace('env.', 'my.')}`).length, 1);
    assert.equal(python(`import psycopg2\n${statement}`).length, 1);
  });
});

describe('SQL in JavaScript and TypeScript', () => {
  const script = (text: string, path = 'src/a.ts') => writes(javascriptSqlReader, path, text);
  it('is found in strings and templates', () => {
    assert.deepEqual(script('await q(`insert into ${schema}.res_users (a) values (${x})`)'), ['insert res_users 1:10']);
    assert.deepEqual(script('const y: string = "update crm_lead set a = " + b;'), ['update crm_lead 1:20']);
    assert.deepEqual(script('const a = <p>{"delete from pos_order"}</p>;', 'src/a.tsx'), ['delete pos_order 1:16']);
  });
  it('is found as calls of supabase-js', () => {
    assert.deepEqual(script("await db.schema('odoo').from('account_move').insert({ a: 1 }).select();"), ['insert odoo.account_move 1:30']);
    assert.deepEqual(script('db.from(`sale_order`).update<Row>({}).eq("id", 1)'), ['update sale_order 1:9']);
    assert.deepEqual(script("db.from('res_partner').select().eq('insert(', 1); list.delete(1);"), []);
  });
  it('is neither a comment nor in files that are made', () => {
    assert.deepEqual(script('// q("insert into account_move values (1)")'), []);
    assert.equal(javascriptSqlReader.reads('web/dist/a.js'), false);
  });
});

describe('SQL in shell scripts', () => {
  const shell = (text: string) => writes(shellSqlReader, 'a.sh', text);
  it('is found in quotes and here-documents', () => {
    assert.deepEqual(shell(`psql -c "UPDATE res_users SET password='\${PW}' WHERE id = $ID"`), ['update res_users 1:10']);
    assert.deepEqual(
      shell("cat <<'SQL' | psql\nupdate account_payment p set x = 1;\nSQL\npsql -c 'insert into \"sale_order\" (a) values (1)'"),
      ['update account_payment 2:1', 'insert sale_order 4:10'],
    );
    assert.deepEqual(shell('psql <<-EOF\n\ttruncate stock_move, pos_order;\n\tEOF\npsql -c "\\copy res_partner from \'x.csv\'"'), [
      'truncate stock_move 2:2',
      'truncate pos_order 2:2',
      'copy res_partner 4:11',
    ]);
  });
  it('is no comment, and a quote in one opens nothing', () => {
    assert.deepEqual(shell("# don't: insert into account_move values (1)\necho x # it's\npsql -c 'delete from account_move'"), [
      'delete account_move 3:10',
    ]);
  });
  it('is none where the script calls no client of PostgreSQL', () => {
    assert.deepEqual(shell("cat > x.sql <<'SQL'\ninsert into account_account (a) values (1);\nSQL\npython3 by_rpc.py; rm x.sql"), []);
  });
  it('is found in the run blocks of workflows', () => {
    const workflow =
      'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          psql <<EOF\n          update account_move set a = 1;\n          EOF\n      - run: psql -c "delete from res_partner"\n      - name: "delete from pos_order"\n        uses: x/y@v1\n';
    assert.deepEqual(writes(workflowSqlReader, '.github/workflows/a.yml', workflow), [
      'update account_move 8:11',
      'delete res_partner 10:23',
    ]);
  });
});

describe('SQL in n8n', () => {
  const workflow = (...parameters: object[]) =>
    JSON.stringify({ nodes: parameters.map((one) => ({ type: 'n8n-nodes-base.postgres', parameters: one })) });
  const n8n = (text: string) => writes(n8nReader, 'n8n/a.json', text).map((one) => one.replace(/ \S+$/, ''));
  it('is found as operations and as queries', () => {
    assert.deepEqual(n8n(workflow({ schema: { value: 'public' }, table: { __rl: true, value: 'account_move', mode: 'list' } })), [
      'insert public.account_move',
    ]);
    assert.deepEqual(n8n(workflow({ operation: 'executeQuery', query: "=INSERT INTO sale_order (a) VALUES ('{{ $json.x }}')" })), [
      'insert sale_order',
    ]);
    assert.deepEqual(n8n(workflow({ operation: 'update', tableId: 'crm_lead' }).replace('postgres', 'supabase')), ['update crm_lead']);
  });
  it('is nothing that reads, or that is switched off, or that is no workflow', () => {
    assert.deepEqual(
      n8n(workflow({ operation: 'select', table: 'account_move' }, { operation: 'executeQuery', query: 'select * from account_move' })),
      [],
    );
    assert.deepEqual(n8n(workflow({ table: 'account_move' }).replace('"type"', '"disabled":true,"type"')), []);
    assert.deepEqual(n8n('{"a": "n8n-nodes-base.postgres'), []);
    assert.deepEqual(n8n('{"type": "n8n-nodes-base.postgres"}'), []);
  });
});
