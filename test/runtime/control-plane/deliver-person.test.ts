import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { deliveryLines } from '../../../src/core/control-plane/delivery-text.ts';
import { waitingText } from '../../../src/core/environments/overview.ts';
import { build } from '../../../src/runtime/build/build.ts';
import { deliverOutbox } from '../../../src/runtime/control-plane/deliver.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { syncEvidence } from '../../../src/runtime/evidence/sync.ts';
import { overview } from '../../../src/runtime/status.ts';
import type { Workspace } from '../../../src/runtime/workspace.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { cloneOf, sampleIn } from '../../support/sample.ts';
import { startProject, type Project } from '../../support/supabase/project.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened } from '../../support/workspace.ts';

describe('records of a person who is signed in to Supabase, or is not', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let server: TestDatabase;
  let database: string;
  let project: Project;
  before(async () => {
    server = await testDatabase();
    database = await server.create();
    await prepareDatabase(database);
    await migrate(connection(database), migrationsFolder());
    project = await startProject({ database, backend: 'stand-in' });
  });
  after(async () => {
    await project.stop();
    await server.stop();
  });

  const tokenOf = (ops_role: string) => project.sign({ role: 'authenticated', client_id: 'acme', ops_role });
  /** The repository as somebody opens it whose host knows this token. */
  async function openedAs(root: string, token: string | null, environment: Record<string, string | undefined> = {}) {
    const supabase = `  supabase:\n    url: ${project.url}\n    publishable_key: ${project.anonKey}\n`;
    appendFileSync(join(root, 'odoo-ops.yml'), `\ncontrol_plane:\n  client_id: acme\n${supabase}`);
    const workspace = await opened(root, { SUPABASE_SERVICE_ROLE_KEY: undefined, ...environment });
    return { ...workspace, accessToken: () => Promise.resolve(token) };
  }
  const built = async (workspace: Workspace) => (await build(workspace, { revision: 'main', output: null, verify: false })).record.id;
  const look = (workspace: Workspace) => overview(workspace, { fetch: false, gitHubToken: null });

  it('wait for CI, quietly; CI delivers them from the branch, and then they wait no more', async () => {
    const { root, origin } = sampleIn(folder());
    const person = await openedAs(root, await tokenOf('operator'));
    const id = await built(person);
    assert.equal(person.events.filter((event) => event.type === 'text' && event.level === 'warning').length, 0);
    const writes = () => project.requests.filter(({ path }) => path.endsWith('/rpc/record')).length;
    assert.equal(writes(), 0);

    const report = await deliverOutbox(person);
    assert.deepEqual([report.delivered, report.waiting], [0, 1]);
    assert.match(deliveryLines(report)[0] ?? '', /1 waits \(CI delivers them, from the branch odoo-ops\/evidence\)/);
    const seen = await look(person);
    assert.deepEqual([seen.controlPlane, seen.ciDelivers, seen.notices], ['reachable', true, []]);
    assert.match(waitingText(seen), /1 record waits for CI/);

    const ci = await openedAs(cloneOf(origin, join(folder(), 'ci')), null, { SUPABASE_SERVICE_ROLE_KEY: await tokenOf('ci') });
    const synced = await syncEvidence(ci);
    assert.deepEqual([synced.pulled, synced.delivered, synced.waiting, synced.reason], [1, 1, 0, undefined]);
    assert.deepEqual(await server.query(database, 'select id from ops.evidence where client_id = $1', ['acme']), [{ id }]);

    const after = await deliverOutbox(person);
    assert.deepEqual(after, { controlPlane: true, delivered: 0, waiting: 0, setAside: [] });
    assert.equal(waitingText(await look(person)), '');
  });

  it('of nobody wait too, and the control plane is not even asked', async () => {
    const { root } = sampleIn(folder());
    const nobody = await openedAs(root, null);
    const before = project.requests.length;
    await built(nobody);
    const report = await deliverOutbox(nobody);
    assert.deepEqual([report.delivered, report.waiting], [0, 1]);
    assert.match(report.reason ?? '', /CI delivers them/);
    const seen = await look(nobody);
    assert.deepEqual([seen.controlPlane, seen.ciDelivers, seen.notices], ['signed-out', true, []]);
    assert.equal((await syncEvidence(nobody)).waiting, 1);
    assert.equal(project.requests.length, before);
    assert.equal(nobody.events.filter((event) => event.type === 'text' && event.level === 'warning').length, 0);
  });

  it('stay for ever where no branch brings them to CI, and that is said', async () => {
    const { root } = sampleIn(folder());
    const person = await openedAs(root, await tokenOf('viewer'));
    await built(person);
    const alone = { ...person, config: { ...person.config, evidence: { ...person.config.evidence, branch: null } } };
    assert.match((await deliverOutbox(alone)).reason ?? '', /set evidence\.branch/);
  });

  it('are asked for again when Supabase answers: trouble on the way is told as such', async () => {
    const { root } = sampleIn(folder());
    const person = await openedAs(root, await tokenOf('viewer'));
    const away = { ...person, accessToken: () => Promise.reject(new Error('away')) };
    const seen = await look(away);
    assert.deepEqual([seen.controlPlane, seen.notices], ['unreachable', ['away']]);
  });
});
