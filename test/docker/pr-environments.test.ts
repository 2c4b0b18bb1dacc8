import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweep } from '../../src/runtime/pr-environments/sweep.ts';
import { listEnvironments } from '../../src/runtime/pr-environments/list.ts';
import { serveMailPages } from '../../src/runtime/pr-environments/mail.ts';
import { prepareUp } from '../../src/runtime/pr-environments/prepare.ts';
import { identityOf } from '../../src/runtime/pr-environments/platform.ts';
import { everything } from '../../src/runtime/pr-environments/remove.ts';
import { stopEnvironment, wakeEnvironment } from '../../src/runtime/pr-environments/sleep.ts';
import { up } from '../../src/runtime/pr-environments/up.ts';
import { wakeVisited } from '../../src/runtime/pr-environments/waker.ts';
import { toOpsError } from '../../src/core/errors.ts';
import { askHost, type CaddyAnswer } from '../support/caddy.ts';
import { PASSWORD, startPrHost, type PrHost } from '../support/docker/pr-host.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { git, pushBranch } from '../support/sample.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
const TOKEN = { gitHubToken: null };
const BRANCH = 'feature/loyalty-points';

const headersOf = (password: string | null): Record<string, string> =>
  password === null ? {} : { authorization: `Basic ${Buffer.from(`preview:${password}`).toString('base64')}` };

/** Asks an environment through the proxy, as a browser does whose name server knows the host. */
const visit = (host: PrHost, name: string, path: string, password: string | null = PASSWORD): Promise<CaddyAnswer> =>
  askHost(host.port, name, path, { headers: headersOf(password) });

/** What a real Odoo is asked to do, as its administrator. */
async function call(host: PrHost, name: string, database: string, model: string, method: string, args: unknown[]): Promise<unknown> {
  const params = { service: 'object', method: 'execute_kw', args: [database, 2, 'admin', model, method, args] };
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'call', params }));
  const headers = { ...headersOf(PASSWORD), 'content-type': 'application/json' };
  const answer = await askHost(host.port, name, '/jsonrpc', { method: 'POST', headers, body });
  const { result, error } = JSON.parse(answer.body) as { result?: unknown; error?: unknown };
  assert.equal(error, undefined, answer.body);
  return result;
}

/** Lets Odoo send a mail to a customer. */
async function sendMail(host: PrHost, name: string, database: string): Promise<void> {
  if (!host.image.real) {
    assert.equal((await visit(host, name, '/stand-in/mail?to=customer@example.com')).status, 200);
    return;
  }
  const mail = { subject: 'Your order', email_to: 'customer@example.com', email_from: 'shop@example.com', body_html: '<p>Thanks</p>' };
  const id = await call(host, name, database, 'mail.mail', 'create', [mail]);
  await call(host, name, database, 'mail.mail', 'send', [[id]]);
}

/** Names of all that exists for pull requests: nothing where nothing is left. */
const left = async (host: PrHost): Promise<string[]> =>
  (await everything(await host.platform(), signal))
    .filter(({ thing }) => thing.stamp.number !== null)
    .map(({ thing }) => `${thing.kind} ${thing.name}`);

const databaseOf = (project: string, number: number): string => `odoo_ops_${project.replaceAll('-', '_')}_pr_${number}`;

describe('environments of pull requests, with Docker, PostgreSQL, Caddy, GitHub and a mail catcher', function () {
  this.timeout(240_000);
  needsDocker();
  let folder: string;
  let host: PrHost;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-pr-'));
    host = await startPrHost(folder);
  });
  after(async () => {
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs the code of a pull request on a harmless copy, behind a password, with its mail caught', async () => {
    const { number } = host.github.state.openPull({ branch: BRANCH, title: 'Loyalty `rm -rf` @everyone <img src=x>' });
    const { record, folder: evidence, outcome } = await host.up(number);
    assert.deepEqual([record.result, outcome.state, outcome.verdict], ['passed', 'running', 'green'], record.message ?? '');
    assert.deepEqual(outcome.neutralisation?.problems, []);
    const name = `pr-${number}-feature-loyalty-points.pr.test`;
    assert.equal((await visit(host, name, '/web/login', null)).status, 401);
    const page = await visit(host, name, '/web/login');
    assert.equal(page.status, 200);
    assert.match(String(page.headers['x-robots-tag']), /noindex/);
    // What was run is on record, word by word.
    const sql = readFileSync(join(host.root, evidence, 'neutralize.sql'), 'utf8');
    assert.match(sql, /is_neutralized/);
    const installed = await host.postgres.query(
      "select state, latest_version from ir_module_module where name = 'ipai_loyalty'",
      databaseOf((await host.platform()).project, number),
    );
    assert.equal(installed[0]?.['state'], 'installed');
    const [comment] = host.github.state.comments;
    assert.match(comment?.body ?? '', /The environment is up/);
    assert.doesNotMatch(comment?.body ?? '', /<img|@everyone/);
    assert.equal(host.github.state.statuses.at(-1)?.state, 'success');
    const { project } = await host.platform();
    await sendMail(host, name, databaseOf(project, number));
    const catcher = `odoo-ops-${project}-mail`;
    await until('the mail in the catcher', () => execFileSync('docker', ['logs', catcher]).toString().includes('customer@example.com'));
  });

  it('shows the pages of the catcher to whoever has the engine, at a port of this machine', async () => {
    const controller = new AbortController();
    const { url, closed } = await serveMailPages(await host.open(controller.signal), 0, TOKEN);
    assert.equal((await fetch(url)).status, 200);
    controller.abort();
    await closed;
  });

  it('keeps the password of a role out of containers, processes and evidence', async () => {
    const platform = await host.platform();
    const [environment] = await listEnvironments(await host.open(), TOKEN);
    const thing = (await platform.engine.things(platform.project, signal)).find(({ part }) => part === 'odoo');
    const inspected = execFileSync('docker', ['inspect', thing?.id ?? '']).toString();
    assert.doesNotMatch(inspected, /password=|db_password/i);
    const [row] = await host.postgres.query(
      `select count(*)::int as n from pg_database where datallowconn and has_database_privilege('${databaseOf(platform.project, environment?.number ?? 0)}', datname, 'connect')`,
    );
    assert.equal(row?.['n'], 2, 'its own, and postgres');
    const { stdout } = spawnSync('grep', ['-r', '-l', 'db_password =', join(host.root, 'web')], { encoding: 'utf8' });
    assert.equal(stdout, '');
  });

  it('sleeps where it is stopped, and is as it was when it wakes', async () => {
    const workspace = await host.open();
    const [{ number, host: name } = { number: 0, host: '' }] = await listEnvironments(workspace, TOKEN);
    await stopEnvironment(workspace, number, TOKEN);
    assert.equal((await visit(host, name, '/web/login')).status, 503);
    assert.equal((await listEnvironments(workspace, TOKEN))[0]?.state, 'sleeping');
    await wakeEnvironment(workspace, number, TOKEN);
    assert.equal((await visit(host, name, '/web/login')).status, 200);
    assert.equal((await listEnvironments(workspace, TOKEN))[0]?.state, 'running');
  });

  it('wakes by a visit of somebody who has the password', async () => {
    const controller = new AbortController();
    const workspace = await host.open(controller.signal);
    const [{ number, host: name } = { number: 0, host: '' }] = await listEnvironments(workspace, TOKEN);
    await stopEnvironment(workspace, number, TOKEN);
    const waker = wakeVisited(workspace);
    assert.equal((await visit(host, name, '/web/login', null)).status, 401);
    await until('the page of Odoo', async () => (await visit(host, name, '/web/login')).status === 200, 60_000);
    controller.abort();
    await waker;
  });

  it('ends an older build of the same pull request, cleanly, and the newer wins', async () => {
    const [{ number } = { number: 0 }] = await listEnvironments(await host.open(), TOKEN);
    const older = host.up(number).then(
      () => 'passed',
      (error: unknown) => toOpsError(error).code,
    );
    const platform = await host.platform();
    const identity = identityOf(platform, { number, branch: BRANCH });
    await until('the older build', async () => (await platform.server.claimed([identity], signal)).has(number));
    const newer = await host.up(number);
    assert.equal(await older, 'moved');
    assert.deepEqual([newer.record.result, newer.outcome.state], ['passed', 'running']);
    assert.equal((await listEnvironments(await host.open(), TOKEN)).length, 1);
  });

  it('leaves nothing of an environment that is taken down', async () => {
    const [{ number } = { number: 0 }] = await listEnvironments(await host.open(), TOKEN);
    const begin = performance.now();
    const { record } = await host.down(number);
    console.log(`      down took ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    assert.equal(record.result, 'passed', record.message ?? '');
    assert.deepEqual(await left(host), []);
  });

  it('shows a module that cannot be installed in red, on a database with base alone', async () => {
    const broken = pushBranch(host.root, 'fix/broken', 'main', {
      'addons/ipai/ipai_loyalty/__manifest__.py':
        "{'name': 'Loyalty', 'version': '19.0.1.0.1', 'depends': ['nowhere'], 'installable': True}\n",
    });
    const { number } = host.github.state.openPull({ branch: 'fix/broken' });
    const { outcome, record } = await host.up(number);
    assert.deepEqual([outcome.state, outcome.verdict], ['running', 'red'], record.message ?? '');
    assert.match(outcome.lines.join('\n'), /ipai_loyalty|nowhere/);
    assert.equal(host.github.state.statuses.findLast(({ sha }) => sha === broken)?.state, 'failure');
    host.github.state.closePull(number);
  });

  it('sweeps what a closed pull request left, and no foreign thing', async () => {
    const foreign = execFileSync('docker', ['volume', 'create', 'odoo-ops-pr-99-filestore']).toString().trim();
    try {
      const { act } = await sweep(await host.open(), { dryRun: false, ...TOKEN });
      assert.equal(act?.record.result, 'passed');
      assert.deepEqual(await left(host), []);
      assert.match(execFileSync('docker', ['volume', 'ls', '--quiet']).toString(), /odoo-ops-pr-99-filestore/);
      // The image of its commit goes with the next one: now nobody needs it.
      await sweep(await host.open(), { dryRun: false, ...TOKEN });
      assert.equal((await sweep(await host.open(), { dryRun: false, ...TOKEN })).act, null);
    } finally {
      execFileSync('docker', ['volume', 'rm', foreign]);
    }
  });

  it('keeps everything where GitHub does not answer', async () => {
    const { number } = host.github.state.openPull({ branch: BRANCH });
    await host.up(number);
    const before = await left(host);
    host.github.state.visible = false;
    await assert.rejects(sweep(await host.open(), { dryRun: false, ...TOKEN }));
    assert.deepEqual(await left(host), before);
    host.github.state.visible = true;
    await host.down(number);
  });

  it('takes the environment away where its pull request is closed while it is built', async () => {
    const { number } = host.github.state.openPull({ branch: BRANCH });
    const workspace = await host.open();
    const plan = await prepareUp(workspace, number, { approve: null, ...TOKEN });
    const building = up(workspace, plan, TOKEN).then(
      () => 'passed',
      (error: unknown) => toOpsError(error).code,
    );
    await until('a container', async () => (await left(host)).length > 0);
    host.github.state.closePull(number);
    assert.equal(await building, 'refused');
    assert.deepEqual(await left(host), []);
  });

  it("runs a stranger's code only after somebody approved that very commit", async () => {
    const head = git(host.origin, ['rev-parse', BRANCH]).trim();
    const { number } = host.github.state.openPull({ branch: BRANCH, fork: 'mallory/odoo', forkHead: head });
    const workspace = await host.open();
    const plan = await prepareUp(workspace, number, { approve: null, ...TOKEN });
    await assert.rejects(up(workspace, plan, TOKEN), { code: 'refused' });
    await assert.rejects(prepareUp(workspace, number, { approve: 'f'.repeat(40), ...TOKEN }), { code: 'refused' });
    await assert.rejects(prepareUp(workspace, number, { approve: head.slice(0, 8), ...TOKEN }), {
      code: 'refused',
      message: /all of its 40/,
    });
    const approved = await prepareUp(workspace, number, { approve: head, ...TOKEN });
    assert.equal((await up(workspace, approved, TOKEN)).record.result, 'passed');
    await host.down(number);
    assert.deepEqual(await left(host), []);
  });
});
