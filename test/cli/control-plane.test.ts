import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { cli, json } from '../support/cli.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { sampleIn, write } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';

const OURS = readdirSync(migrationsFolder())
  .filter((name) => name.endsWith('.sql'))
  .sort();

describe('the control plane on the command line', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  const withoutSupabase = (): string => {
    const { root } = sampleIn(folder());
    rmSync(join(root, 'supabase'), { recursive: true });
    return root;
  };

  it('tells its migrations before and after they are applied, and what is wrong with it', async () => {
    const { root } = sampleIn(folder());
    const url = await database.create();
    const env = { DATABASE_URL: url };
    const before = await cli(root, ['control-plane', 'status'], { env });
    assert.equal(before.code, 3);
    assert.match(before.stdout, /20261125000000_ops_schema\.sql +pending/);
    assert.deepEqual(json(await cli(root, ['control-plane', 'migrate', '--json'], { env })), { applied: OURS });
    const after = await cli(root, ['control-plane', 'status'], { env });
    assert.equal(after.code, 0, after.stdout);
    assert.match(after.stdout, /20261125000000_ops_schema\.sql +applied +\d{4}-/);
    assert.match(after.stdout, /postgres answers, and protects what it holds/);

    await database.query(url, 'alter table ops.builds disable row level security; create view ops.open as select * from ops.promotions');
    const broken = await cli(root, ['control-plane', 'status', '--json'], { env });
    assert.equal(broken.code, 3);
    assert.deepEqual(
      (json(broken)['problems'] as { subject: string; kind: string }[]).map(({ subject, kind }) => [subject, kind]),
      [
        ['builds', 'row-security'],
        ['open', 'row-security'],
      ],
    );
    const check = await cli(root, ['check', '--rule', 'row-level-security'], { env });
    assert.equal(check.code, 3);
    assert.match(check.stdout, /Row-level security of ops\.builds is switched off/);
    assert.match(check.stdout, /alter view ops\.open set \(security_invoker = true\)/);
    const doctor = await cli(root, ['doctor'], { env });
    assert.match(doctor.stdout, /! control plane: Row-level security of ops\.builds is switched off\. And 1 more\./);
  });

  it('is checked where it is configured: else the rule is left out, and asked for by name it must answer', async () => {
    const root = withoutSupabase();
    assert.match((await cli(root, ['check'])).stdout, /^- row-level-security .* not applicable: /m);
    const env = { DATABASE_URL: 'postgresql://127.0.0.1:9/none' };
    const all = await cli(root, ['check'], { env });
    assert.notEqual(all.code, 4);
    assert.match(all.stderr, /control plane was not checked/);
    assert.equal((await cli(root, ['check', '--rule', 'row-level-security'], { env })).code, 4);
  });

  it('says what is missing where none is configured', async () => {
    const { root } = sampleIn(folder());
    for (const args of [
      ['control-plane', 'status'],
      ['control-plane', 'migrate'],
    ]) {
      const { code, stderr } = await cli(root, args);
      assert.equal(code, 2);
      assert.match(stderr, /DATABASE_URL/);
    }
    write(root, { 'odoo-ops.yml': 'control_plane: { supabase: { url: "https://x.supabase.co" } }\n' });
    const keyless = await cli(root, ['control-plane', 'status']);
    assert.equal(keyless.code, 2);
    assert.match(keyless.stderr, /no key for the Supabase project at x\.supabase\.co[\s\S]*SUPABASE_ANON_KEY/);
  });

  it('refuses a secret key in odoo-ops.yml', async () => {
    const { root } = sampleIn(folder());
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const jwt = (role: string) => `${part({ alg: 'HS256' })}.${part({ role })}.c2lnbmF0dXJl`;
    const run = (key: string) => {
      write(root, { 'odoo-ops.yml': `control_plane: { supabase: { url: "https://x.supabase.co", publishable_key: "${key}" } }\n` });
      return cli(root, ['evidence', 'list']);
    };
    for (const key of [jwt('service_role'), 'sb_secret_abcdefgh', 'hunter2']) {
      const { code, stderr } = await run(key);
      assert.equal(code, 2);
      assert.match(stderr, /not the publishable \(anon\) key/);
      assert.ok(!stderr.includes(key));
    }
    for (const key of [jwt('anon'), 'sb_publishable_abcdefgh']) assert.equal((await run(key)).code, 0);
  });

  it('is written for the Supabase CLI by `init --supabase`, and nothing is overwritten', async () => {
    const root = withoutSupabase();
    const place = join(root, 'supabase', 'migrations');
    const first = await cli(root, ['init', '--supabase']);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(readdirSync(place).sort(), OURS);
    for (const name of OURS) assert.equal(readFileSync(join(place, name), 'utf8'), readFileSync(join(migrationsFolder(), name), 'utf8'));
    assert.match(first.stdout, /supabase db push/);
    appendFileSync(join(place, OURS[0]!), '-- mine\n');
    rmSync(join(place, OURS[1]!));
    const second = json(await cli(root, ['init', '--supabase', '--json']));
    assert.deepEqual(second, { written: [`supabase/migrations/${OURS[1]!}`], different: [`supabase/migrations/${OURS[0]!}`] });
    const check = await cli(root, ['check', '--rule', 'row-level-security']);
    assert.equal(check.code, 3);
    assert.match(check.stdout, /differs from the one that odoo-ops brings/);
  });

  it('is written by a first `init --supabase` together with odoo-ops.yml', async () => {
    const root = withoutSupabase();
    rmSync(join(root, 'odoo-ops.yml'));
    mkdirSync(join(root, 'supabase'));
    assert.equal((await cli(root, ['init', '--supabase'])).code, 0);
    assert.ok(readFileSync(join(root, 'odoo-ops.yml'), 'utf8').includes('control_plane:'));
    assert.deepEqual(readdirSync(join(root, 'supabase', 'migrations')).sort(), OURS);
  });

  it('keeps feature flags, with who and why', async () => {
    const { root } = sampleIn(folder());
    const url = await database.create();
    const env = { DATABASE_URL: url };
    assert.equal((await cli(root, ['control-plane', 'migrate'], { env })).code, 0);
    assert.equal((await cli(root, ['flags', 'list'], { env })).stdout, 'No flags yet.\n');
    for (const args of [
      ['night-builds', 'on', '--reason', 'release week'],
      ['night-builds', 'off', '--env', 'staging', '--reason', 'too loud'],
      ['night-builds', 'off', '--reason', 'over'],
    ])
      assert.equal((await cli(root, ['flags', 'set', ...args], { env })).code, 0);
    assert.equal((await cli(root, ['flags', 'get', 'night-builds', '--env', 'production'], { env })).stdout, 'off\n');
    const { stdout } = await cli(root, ['flags', 'list'], { env });
    assert.match(stdout, /night-builds +\* +off .*over\nnight-builds +staging +off .*too loud\n/);
    assert.equal((await database.query(url, 'select from ops.feature_flags')).length, 3);
    const odd = await cli(root, ['flags', 'set', 'Night Builds!', 'on', '--reason', 'x'], { env });
    assert.equal(odd.code, 1);
    assert.equal((await cli(root, ['flags', 'set', 'x', 'on'], { env })).code, 2);
  });
});
