import assert from 'node:assert/strict';
import pg from 'pg';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';

/** The part of Storage's schema that policies are about, as its own migrations make it (storage-api 0002, 0060). */
const STORAGE = `
create schema storage;
grant usage on schema storage to anon, authenticated, service_role;
create table storage.objects (id uuid primary key default gen_random_uuid(), bucket_id text, name text);
alter table storage.objects enable row level security;
grant all on storage.objects to anon, authenticated, service_role;
create function storage.foldername(name text) returns text[] language plpgsql immutable as $$
declare
  _parts text[];
begin
  select string_to_array(name, '/') into _parts;
  return _parts[1:array_length(_parts, 1) - 1];
end $$;
insert into storage.objects (bucket_id, name) values
  ('odoo-ops-evidence', 'acme/1/record.json'), ('odoo-ops-evidence', 'other/2/record.json'), ('odoo-ops-evidence', 'record.json'),
  ('odoo-ops-evidence-eu', 'acme/3/record.json'), ('avatars', 'acme/face.png'), ('odoo-ops-evidences', 'acme/4/x');
`;

type Claims = Record<string, string>;

describe('the policies of the evidence bucket', function () {
  this.timeout(90_000);
  let database: TestDatabase;
  let url: string;
  before(async () => {
    database = await testDatabase();
    url = await database.create();
    await prepareDatabase(url);
    await database.query(url, STORAGE);
    await migrate(connection(url), migrationsFolder());
  });
  after(() => database.stop());

  /** Names that a statement gives back, as this role with these claims; what it changed is undone. */
  async function names(role: string, claims: Claims, sql: string): Promise<string[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(`set local role ${role}`);
      await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify(claims)]);
      return (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name).sort();
    } finally {
      await client.query('rollback');
      await client.end();
    }
  }
  const ci = (client_id: string): Claims => ({ role: 'authenticated', client_id, ops_role: 'ci' });
  const operator = (client_id: string): Claims => ({ role: 'authenticated', client_id, ops_role: 'operator' });
  const ALL = 'select name from storage.objects';
  const insert = (bucket: string, name: string) =>
    `insert into storage.objects (bucket_id, name) values ('${bucket}', '${name}') returning name`;
  const refused = { code: '42501' };

  it('show a client the files below its own folder, in the buckets of evidence only', async () => {
    assert.deepEqual(await names('authenticated', operator('acme'), ALL), ['acme/1/record.json', 'acme/3/record.json']);
    assert.deepEqual(await names('authenticated', ci('other'), ALL), ['other/2/record.json']);
    assert.deepEqual(await names('authenticated', { role: 'authenticated' }, ALL), []);
    assert.deepEqual(await names('anon', { role: 'anon', client_id: 'acme' }, ALL), []);
  });

  it('let the CI of a client write there, and nobody else', async () => {
    assert.deepEqual(await names('authenticated', ci('acme'), insert('odoo-ops-evidence', 'acme/9/logs/act.log')), ['acme/9/logs/act.log']);
    for (const [role, claims, bucket, name] of [
      ['authenticated', ci('acme'), 'odoo-ops-evidence', 'other/9/x'],
      ['authenticated', ci('acme'), 'odoo-ops-evidence', 'x'],
      ['authenticated', ci('acme'), 'avatars', 'acme/9/x'],
      ['authenticated', operator('acme'), 'odoo-ops-evidence', 'acme/9/x'],
      ['anon', ci('acme'), 'odoo-ops-evidence', 'acme/9/x'],
    ] as const)
      await assert.rejects(names(role, claims, insert(bucket, name)), refused, `${role} ${bucket}/${name}`);
  });

  it('let nobody change or delete, and the service role everything', async () => {
    const change = "update storage.objects set name = name || '-' where bucket_id ~ '^odoo-ops' returning name";
    const remove = "delete from storage.objects where bucket_id = 'odoo-ops-evidence' returning name";
    for (const sql of [change, remove]) assert.deepEqual(await names('authenticated', ci('acme'), sql), []);
    assert.equal((await names('service_role', {}, remove)).length, 3);
  });

  it('hold where a project opens all of its buckets', async () => {
    await database.query(url, 'create policy everything on storage.objects for all using (true) with check (true)');
    try {
      assert.deepEqual(await names('authenticated', operator('acme'), ALL), [
        'acme/1/record.json',
        'acme/3/record.json',
        'acme/4/x',
        'acme/face.png',
      ]);
      assert.deepEqual(await names('anon', {}, ALL), ['acme/4/x', 'acme/face.png']);
      await assert.rejects(names('authenticated', operator('acme'), insert('odoo-ops-evidence', 'acme/9/x')), refused);
      assert.deepEqual(await names('authenticated', ci('acme'), 'delete from storage.objects returning name'), [
        'acme/4/x',
        'acme/face.png',
      ]);
      assert.deepEqual(
        await names('authenticated', ci('acme'), "update storage.objects set bucket_id = 'x' where name like 'acme/1/%' returning name"),
        [],
      );
      // Nothing gets in by renaming either.
      await assert.rejects(
        names('authenticated', ci('acme'), "update storage.objects set bucket_id = 'odoo-ops-evidence' where name = 'acme/face.png'"),
        refused,
      );
    } finally {
      await database.query(url, 'drop policy everything on storage.objects');
    }
  });

  it('are not made where there is no Storage, and the control plane is whole all the same', async () => {
    const plain = await database.create();
    await migrate(connection(plain), migrationsFolder());
    assert.deepEqual(await database.query(plain, "select count(*)::int as n from pg_policies where policyname like 'odoo_ops%'"), [
      { n: 0 },
    ]);
    assert.deepEqual(await database.query(plain, "select name from ops.schema_migrations where name like '%ops_storage%'"), [
      { name: '20261125000500_ops_storage.sql' },
    ]);
  });

  it('are said to be missing where the migration may not make them, and hold up nothing else', async () => {
    const target = await database.create();
    await prepareDatabase(target);
    await database.query(target, STORAGE);
    const name = new URL(target).pathname.slice(1);
    const limited = new URL(target);
    await database.query(
      target,
      `create role limited_${name} login createrole password 'p'; grant authenticated, service_role, anon to limited_${name} with admin option;
       alter database ${name} owner to limited_${name}; grant usage on schema storage to limited_${name};
       alter schema auth owner to limited_${name};`,
    );
    limited.username = `limited_${name}`;
    limited.password = 'p';
    await migrate(connection(limited.href), migrationsFolder());
    assert.deepEqual(await database.query(target, "select count(*)::int as n from pg_policies where schemaname = 'storage'"), [{ n: 0 }]);
    // Without policies the bucket is closed.
    assert.deepEqual(await database.query(target, 'select relrowsecurity from pg_class where oid = $1::regclass', ['storage.objects']), [
      { relrowsecurity: true },
    ]);
  });
});
