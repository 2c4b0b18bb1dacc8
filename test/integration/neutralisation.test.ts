import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOdoo, type OdooInstallation } from '../../src/adapters/odoo/find-odoo.ts';
import { resolveRunAs } from '../../src/adapters/odoo/run-as.ts';
import { verifyNeutralised } from '../../src/adapters/postgres/neutralisation.ts';
import { NEUTRALISATION_CHECKS } from '../../src/core/neutralisation/checks.ts';

const run = promisify(execFile);

/** Needs ODOO_HOME, PG* for a role that may create databases, and as root ODOO_OPS_RUN_AS. */
describe('the database of a real Odoo', function () {
  this.timeout(300_000);

  const database = `odoo_ops_test_${randomBytes(4).toString('hex')}`;
  let odoo: OdooInstallation;
  let data: string | undefined;

  async function sql(statement: string, name = database): Promise<Record<string, unknown>[]> {
    const { Client } = await import('pg');
    const client = new Client({ database: name });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  async function odooBin(...args: string[]): Promise<void> {
    const runAs = await resolveRunAs(process.env);
    await run(odoo.python, [odoo.program, ...args, `--database=${database}`, `--data-dir=${data ?? ''}`], {
      env: { ...process.env, ...(runAs && { HOME: runAs.home }) },
      maxBuffer: 64 * 2 ** 20,
      ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    });
  }

  async function verify(production_uuid: string | null = null) {
    const { PGHOST = 'localhost', PGPORT = '5432', PGUSER = '', PGPASSWORD = '' } = process.env;
    const url = `postgresql://${PGUSER}:${encodeURIComponent(PGPASSWORD)}@/${database}?host=${encodeURIComponent(PGHOST)}&port=${PGPORT}`;
    const { asked, problems } = await verifyNeutralised(
      { url, timeout: 10_000, signal: new AbortController().signal },
      NEUTRALISATION_CHECKS,
      {
        mail_catchers: [],
        base_url: 'https://staging.example.com',
        production_uuid,
        modules: ['base'],
        parameters: [{ key: 'report.url', integration: 'Reports', test_values: [] }],
        is_fresh: true,
      },
    );
    return { asked, found: problems.map(({ check }) => check) };
  }

  before(async function () {
    if (!process.env['ODOO_HOME']) {
      console.log('      skipped: ODOO_HOME is not set');
      return this.skip();
    }
    odoo = await findOdoo({ env: process.env, repository: process.cwd() });
    data = await mkdtemp(join(tmpdir(), 'odoo-data-'));
    await chmod(data, 0o777); // Odoo may run as another user
    await odooBin('--init=mail,sms,payment_demo', '--stop-after-init', '--no-http');
  });

  after(async () => {
    if (data === undefined) return;
    await sql(`drop database if exists ${database} with (force)`, 'postgres');
    await rm(data, { recursive: true, force: true });
  });

  it('has the tables and columns of every check, but for queue_job, and acts like a production at first', async () => {
    await sql(`insert into ir_config_parameter (key, value) values ('report.url', 'https://reports.example.com')`);
    const [uuid] = await sql(`select value from ir_config_parameter where key = 'database.uuid'`);
    await sql(`update payment_provider set state = 'enabled' where code = 'demo'`);
    await sql(
      `update ir_act_server set state = 'webhook', webhook_url = 'https://hooks.example.com/x' where id = (select min(id) from ir_act_server)`,
    );
    await sql(
      `insert into ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, active) values ('Company', 'smtp.example.com', 587, 'starttls', 'login', true)`,
    );
    await sql(`insert into fetchmail_server (name, active, server, server_type) values ('Support', true, 'imap.example.com', 'imap')`);
    const { asked, found } = await verify(String(uuid?.['value']));
    assert.deepEqual(
      asked,
      NEUTRALISATION_CHECKS.map(({ name }) => name).filter((name) => name !== 'queued-jobs'),
    );
    assert.deepEqual(
      found,
      asked.filter((name) => !['api-keys', 'queued-mail', 'queued-sms'].includes(name)),
    );
  });

  it('is harmless after neutralize, but for what neutralize leaves', async () => {
    await odooBin('neutralize');
    assert.deepEqual((await verify()).found, ['base-url', 'modules', 'integration-parameters']);
  });

  it('acts again after the next module: neutralize is not for ever', async () => {
    await odooBin('--init=calendar', '--stop-after-init', '--no-http');
    assert.ok((await verify()).found.includes('crons'));
  });
});
