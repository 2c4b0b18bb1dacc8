import assert from 'node:assert/strict';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { cli, json } from '../../support/cli.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { sampleIn, write } from '../../support/sample.ts';
import { postgrestBinary } from '../../support/supabase/postgrest.ts';
import { startProject, type Project } from '../../support/supabase/project.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('acts of a repository that records in Supabase', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  let project: Project;
  let url: string;
  before(async () => {
    database = await testDatabase();
    url = await database.create();
    await prepareDatabase(url);
    await migrate(connection(url), migrationsFolder());
    project = await startProject({ database: url, backend: postgrestBinary() === null ? 'stand-in' : 'postgrest' });
  });
  after(async () => {
    await project.stop();
    await database.stop();
  });

  function repository(client: string): string {
    const { root } = sampleIn(folder());
    write(root, {
      'odoo-ops.yml': `control_plane:\n  client_id: ${client}\n  supabase:\n    url: ${project.url}\n    publishable_key: ${project.anonKey}\n    token_env: OPS_TOKEN\n`,
    });
    return root;
  }

  it('are there by the token of CI, under their client, and status reads them', async () => {
    const root = repository('acme');
    const token = await project.sign({ role: 'authenticated', client_id: 'acme', ops_role: 'ci' });
    const env = { OPS_TOKEN: token };
    const build = await cli(root, ['build'], { env });
    assert.equal(build.code, 0, build.stderr);
    assert.doesNotMatch(build.stderr, /warning/);
    assert.deepEqual(await database.query(url, "select client_id, result from ops.builds where client_id = 'acme'"), [
      { client_id: 'acme', result: 'passed' },
    ]);
    const status = json(await cli(root, ['status', '--json', '--no-fetch'], { env }));
    assert.deepEqual([status['controlPlane'], status['waiting']], ['reachable', 0]);
    const sound = await cli(root, ['control-plane', 'status'], { env });
    assert.equal(sound.code, 0, sound.stdout);
    assert.match(sound.stdout, /supabase answers, and protects/);
  });

  it('are there by the service key too', async () => {
    const root = repository('globex');
    assert.equal((await cli(root, ['build'], { env: { OPS_TOKEN: project.serviceKey } })).code, 0);
    assert.deepEqual(await database.query(url, "select count(*)::int as n from ops.builds where client_id = 'globex'"), [{ n: 1 }]);
  });

  it('wait without a token, and with one of another client; the token is never shown', async () => {
    const root = repository('initech');
    const wrong = await project.sign({ role: 'authenticated', client_id: 'acme', ops_role: 'ci' });
    const unsigned = await cli(root, ['build']);
    assert.equal(unsigned.code, 0);
    const build = await cli(root, ['build', '--verbose'], { env: { OPS_TOKEN: wrong } });
    assert.equal(build.code, 0);
    assert.match(build.stderr, /evidence sync/);
    assert.ok(!build.stderr.includes(wrong) && !build.stdout.includes(wrong));
    const sync = await cli(root, ['evidence', 'sync'], { env: { OPS_TOKEN: wrong } });
    assert.equal(sync.code, 4);
    assert.deepEqual(await database.query(url, "select id from ops.evidence where client_id = 'initech'"), []);
    const right = await project.sign({ role: 'authenticated', client_id: 'initech', ops_role: 'ci' });
    assert.equal(json(await cli(root, ['evidence', 'sync', '--json'], { env: { OPS_TOKEN: right } }))['delivered'], 2);
  });
});
