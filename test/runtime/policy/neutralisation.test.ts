import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { configFrom } from '../../../src/adapters/files/config-file.ts';
import { secretVariables } from '../../../src/core/config/schema.ts';
import { neutralisationFacts } from '../../../src/runtime/policy/neutralisation.ts';
import { commit, git, write } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened } from '../../support/workspace.ts';
import { check } from '../../../src/runtime/policy/check.ts';
import { strangeServer, testDatabase, type TestDatabase } from '../../support/database.ts';

const ODOO_TABLES = readFileSync(new URL('../../fixtures/odoo-tables.sql', import.meta.url), 'utf8');
const CONFIG = `
environments:
  staging: { database_url_env: STAGING_DATABASE_URL, url: "https://staging.example.com" }
policy:
  mail_catchers: [smtp.example.com]
  integrations: [{ name: Slack, parameters: [slack.webhook] }]
`;

describe('facts of the database of staging', () => {
  const folder = temporaryFolders();
  let server: TestDatabase;
  before(async function () {
    this.timeout(60_000);
    server = await testDatabase();
  });
  after(() => server.stop());

  const ask = (environment: Record<string, string>, { text = CONFIG, timeout = 5000, signal = new AbortController().signal } = {}) =>
    neutralisationFacts({ config: configFrom(text), environment, context: { signal, report: () => undefined } }, timeout);

  it('are none where no variable is named, or it is not set', async () => {
    assert.equal(await ask({ STAGING_DATABASE_URL: 'postgresql://x' }, { text: '' }), null);
    assert.equal(await ask({}), null);
    assert.equal(await ask({ STAGING_DATABASE_URL: '' }), null);
  });

  it('come with what the configuration expects', async () => {
    const url = await server.create();
    await server.query(url, ODOO_TABLES);
    const facts = await ask({ STAGING_DATABASE_URL: url });
    assert.ok(facts && 'problems' in facts);
    assert.deepEqual(
      facts.problems.map(({ check }) => check),
      ['crons', 'incoming-mail', 'payment-providers', 'webhooks', 'queued-jobs', 'base-url', 'integration-parameters'],
    );
  });

  it('are unknown where it is no Odoo, does not answer, or is no connection string; never with a password', async () => {
    assert.match(JSON.stringify(await ask({ STAGING_DATABASE_URL: await server.create() })), /"unknown":"test_\d+ is no database of Odoo/);
    const silent = await strangeServer((socket) => void socket.end('no PostgreSQL'));
    try {
      const facts = await ask({ STAGING_DATABASE_URL: silent.url }, { timeout: 500 });
      assert.ok(facts && 'unknown' in facts);
      assert.doesNotMatch(facts.unknown, /very-secret/);
    } finally {
      silent.close();
    }
    const wrong = await ask({ STAGING_DATABASE_URL: 'postgresql://u:very-secret@[' });
    assert.ok(wrong && 'unknown' in wrong);
    assert.doesNotMatch(wrong.unknown, /very-secret/);
  });

  it('end with the signal', async () => {
    const abort = new AbortController();
    abort.abort();
    await assert.rejects(ask({ STAGING_DATABASE_URL: 'postgresql://127.0.0.1/x' }, { signal: abort.signal }), { code: 'cancelled' });
  });

  it('count the variable among those that hold secrets', () => {
    assert.ok(secretVariables(configFrom(CONFIG)).includes('STAGING_DATABASE_URL'));
  });

  it('become findings of a check, and a database that does not answer is a warning', async () => {
    const root = folder();
    git(root, ['init', '--quiet', '--initial-branch=main']);
    git(root, ['config', 'user.name', 'Ana Reyes']);
    git(root, ['config', 'user.email', 'ana@example.com']);
    write(root, { 'odoo-ops.yml': CONFIG });
    commit(root, 'Staging has a database');
    const url = await server.create();
    await server.query(url, ODOO_TABLES);
    const found = async (target: string) => {
      const workspace = await opened(root, { STAGING_DATABASE_URL: target });
      return (await check(workspace, { rules: ['staging-neutralised'] })).findings.map(({ severity, message }) => `${severity} ${message}`);
    };
    assert.match((await found(url)).join('\n'), /^error Database test_\d+: 1 scheduled action is active: Mail: Fetchmail\.$/m);
    const [unknown, ...rest] = await found('postgresql://odoo:very-secret@127.0.0.1:1/staging');
    assert.match(unknown ?? '', /^warning The database of staging was not looked at: The database does not answer: .*ECONNREFUSED/);
    assert.deepEqual(rest, []);
    assert.doesNotMatch(unknown ?? '', /very-secret/);
  });
});
