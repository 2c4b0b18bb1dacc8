import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { activityFeed } from '../../src/runtime/activity-feed.ts';
import { build } from '../../src/runtime/build/build.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../support/database.ts';
import { sampleIn } from '../support/sample.ts';
import { startProject, type Project } from '../support/supabase/project.ts';
import { startRealtime, type Realtime } from '../support/supabase/realtime.ts';
import { prepareDatabase } from '../support/supabase/roles.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';
import { opened } from '../support/workspace.ts';

const TIMES = { backOff: { base: 50, factor: 2, max: 200 }, heartbeat: 200 };

describe('the feed of Activity', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  let server: TestDatabase;
  let project: Project;
  let realtime: Realtime;
  before(async () => {
    server = await testDatabase();
    const database = await server.create();
    await prepareDatabase(database);
    await server.query(database, 'create publication supabase_realtime');
    await migrate(connection(database), migrationsFolder());
    project = await startProject({ database, backend: 'stand-in' });
    realtime = await startRealtime({ gateway: project, database, jwtSecret: project.jwtSecret, anonKey: project.anonKey });
  });
  after(async () => {
    await realtime.stop();
    await project.stop();
    await server.stop();
  });

  it('is told of what CI did; while nothing can tell it, it looks', async () => {
    const { root } = sampleIn(folder());
    const supabase = `  supabase:\n    url: ${project.url}\n    publishable_key: ${project.anonKey}\n`;
    appendFileSync(join(root, 'odoo-ops.yml'), `\ncontrol_plane:\n  client_id: acme\n${supabase}`);
    const tokenOf = (ops_role: string) => project.sign({ role: 'authenticated', client_id: 'acme', ops_role });
    const [ci, person] = [
      await opened(root, { SUPABASE_SERVICE_ROLE_KEY: await tokenOf('ci') }),
      await opened(root, { SUPABASE_SERVICE_ROLE_KEY: undefined }),
    ];
    const token = await tokenOf('viewer');
    const abort = new AbortController();
    let changes = 0;
    const feed = activityFeed({ ...person, accessToken: () => Promise.resolve(token) }, { ...TIMES, poll: 1000 });
    const over = feed.follow(() => changes++, abort.signal);
    try {
      await until('it listens', () => realtime.channels() === 1 && changes === 1);
      await build(ci, { revision: 'main', output: null, verify: false });
      await until('the news', () => changes === 2);
      realtime.away(true);
      realtime.cut();
      await until('it looks again and again', () => changes > 4);
      realtime.away(false);
      await until('it listens again', () => realtime.channels() === 1);
    } finally {
      abort.abort();
      await over;
    }
  });

  it('looks, where there is no Supabase, and ends with its signal', async () => {
    const workspace = await opened(sampleIn(folder()).root);
    const abort = new AbortController();
    let changes = 0;
    const over = activityFeed(workspace, { poll: 20 }).follow(() => changes++, abort.signal);
    await until('some looks', () => changes > 2);
    abort.abort();
    await over;
    const before = changes;
    await until('a while', () => new Promise<boolean>((resolve) => setTimeout(resolve, 100, true)));
    assert.equal(changes, before);
  });
});
