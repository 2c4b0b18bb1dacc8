import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { beginSignIn } from '../../src/adapters/supabase/session.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { connection, testDatabase, type TestDatabase } from '../support/database.ts';
import { callbackFrom } from '../support/supabase/browser.ts';
import { startProject, type Project } from '../support/supabase/project.ts';
import { prepareDatabase } from '../support/supabase/roles.ts';
import { requireHost } from './require-host.ts';
import { runSuite } from './run-suite.ts';

/** A Supabase project for a suite in VS Code: a person signs in to it, and sees it. */
describe('in a real VS Code, with a Supabase project', function () {
  this.timeout(180_000);
  let folder: string | undefined;
  let server: TestDatabase | undefined;
  let project: Project | undefined;

  before(function () {
    requireHost(this);
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-host-supabase-'));
  });
  after(async () => {
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

  it('passes the suite "supabase"', async () => {
    server = await testDatabase();
    const database = await server.create();
    await prepareDatabase(database);
    await migrate(connection(database), migrationsFolder());
    const redirects = ['vscode://', 'code-oss://', 'code-server://', 'http://127.0.0.1', 'http://localhost'];
    project = await startProject({ database, backend: 'stand-in', redirects });
    await addMember(project, database);
    const workspace = makeSampleRepository(folder!).root;
    const supabase = `  supabase:\n    url: ${project.url}\n    publishable_key: ${project.anonKey}\n`;
    appendFileSync(join(workspace, 'odoo-ops.yml'), `\ncontrol_plane:\n  client_id: acme\n${supabase}`);
    const result = await runSuite({
      extensionPath: resolve(import.meta.dirname, '../..'),
      suite: join(import.meta.dirname, 'suite', 'supabase'),
      workspace,
      timeoutMs: 150_000,
      env: { GITHUB_TOKEN: undefined, SUPABASE_SERVICE_ROLE_KEY: undefined },
    });
    assert.equal(result.failed, 0, result.log);
    assert.ok(result.passed > 0);
  });
});
