import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sha256 } from '../../src/adapters/files/hash.ts';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { supabaseControlPlane } from '../../src/adapters/supabase/control-plane.ts';
import { beginSignIn } from '../../src/adapters/supabase/session.ts';
import { recordRows } from '../../src/core/control-plane/calls.ts';
import { rowsOf } from '../../src/core/control-plane/rows.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { connection, testDatabase, type TestDatabase } from '../support/database.ts';
import { delivery } from '../support/deliveries.ts';
import { callbackFrom } from '../support/supabase/browser.ts';
import { startProject, type Project } from '../support/supabase/project.ts';
import { startRealtime, type Realtime } from '../support/supabase/realtime.ts';
import { prepareDatabase } from '../support/supabase/roles.ts';
import { until } from '../support/until.ts';
import { requireHost } from './require-host.ts';
import { runSuite } from './run-suite.ts';

/** A Supabase project for a suite in VS Code: a person signs in to it, and sees it. */
describe('in a real VS Code, with a Supabase project', function () {
  this.timeout(180_000);
  let folder: string | undefined;
  let server: TestDatabase | undefined;
  let project: Project | undefined;
  let realtime: Realtime | undefined;

  before(function () {
    requireHost(this);
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-host-supabase-'));
  });
  after(async () => {
    await realtime?.stop();
    await project?.stop();
    await server?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** The person whom GitHub knows is a member of the client. */
  async function addMember({ url, anonKey }: Project, database: string): Promise<void> {
    const { signal } = new AbortController();
    const signIn = await beginSignIn({ url, key: anonKey, timeout: 5000, signal }, 'vscode://x.y/z?state=s', 's');
    const { user } = await signIn.finish(await callbackFrom(signIn.url));
    await server!.query(database, "insert into ops.client_members (client_id, user_id, role) values ('acme', $1, 'viewer')", [user.id]);
  }

  /** As soon as a window listens, CI writes a record. */
  async function actWhenHeard({ url, anonKey, sign }: Project, { channels }: Realtime): Promise<void> {
    await until('a window that listens', () => channels() > 0, 150_000);
    const token = await sign({ role: 'authenticated', client_id: 'acme', ops_role: 'ci' });
    const { signal } = new AbortController();
    const plane = supabaseControlPlane({ url, key: anonKey, token: () => Promise.resolve(token), timeout: 5000, signal }, 'acme');
    await plane.call(recordRows(rowsOf(delivery(1, { topic: 'build-told-by-realtime' }), 'acme', sha256)));
  }

  it('passes the suite "supabase"', async () => {
    server = await testDatabase();
    const database = await server.create();
    await prepareDatabase(database);
    await server.query(database, 'create publication supabase_realtime');
    await migrate(connection(database), migrationsFolder());
    const redirects = ['vscode://', 'code-oss://', 'code-server://', 'http://127.0.0.1', 'http://localhost'];
    project = await startProject({ database, backend: 'stand-in', redirects });
    await addMember(project, database);
    const { jwtSecret, anonKey } = project;
    realtime = await startRealtime({ gateway: project, database, jwtSecret, anonKey });
    const workspace = makeSampleRepository(folder!).root;
    const supabase = `  supabase:\n    url: ${project.url}\n    publishable_key: ${project.anonKey}\n`;
    appendFileSync(join(workspace, 'odoo-ops.yml'), `\ncontrol_plane:\n  client_id: acme\n${supabase}`);
    const acts = actWhenHeard(project, realtime);
    const result = await runSuite({
      extensionPath: resolve(import.meta.dirname, '../..'),
      suite: join(import.meta.dirname, 'suite', 'supabase'),
      workspace,
      timeoutMs: 150_000,
      env: { GITHUB_TOKEN: undefined, SUPABASE_SERVICE_ROLE_KEY: undefined },
    });
    assert.equal(result.failed, 0, result.log);
    await acts;
    assert.ok(result.passed > 0);
  });
});
