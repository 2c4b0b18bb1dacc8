import assert from 'node:assert/strict';
import { askHealth } from '../../../src/adapters/odoo/health.ts';
import { awaitHealth } from '../../../src/runtime/deploy/health.ts';
import { deployed, deployFiles, outcomeOf, pushToStaging } from '../../support/deployments.ts';
import { odooAnswers, odooWeb, type Answers, type OdooWeb } from '../../support/odoo-web.ts';
import { sampleIn } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('health after a deployment', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const servers: OdooWeb[] = [];
  after(() => servers.forEach(({ close }) => close()));
  const serve = async (answers: Answers) => {
    const server = await odooWeb(answers);
    servers.push(server);
    return server;
  };
  const { signal } = new AbortController();
  const ask = (url: string, timeout: number) => awaitHealth({ environment: 'staging', url, timeout, signal, now: () => 'now' });
  const resultsOf = (checks: Awaited<ReturnType<typeof ask>>) => checks.map(({ name, result }) => `${name} ${result}`);

  it('is passed by an Odoo that needs a while, and its record has the three checks', async () => {
    let requests = 0;
    const server = await serve((path, response) => {
      requests++;
      odooAnswers({ login: requests > 4 ? 200 : 503 })(path, response);
    });
    const { root } = sampleIn(folder());
    const sha = pushToStaging(root, deployFiles({ run: 'true', health: { timeout: '20s' } }, server.url));
    const act = await deployed(root);
    assert.equal(act.record.result, 'passed', act.record.message ?? '');
    assert.equal(outcomeOf(act).sha, sha);
    assert.deepEqual(resultsOf(outcomeOf(act).health), ['http passed', 'database passed', 'login passed']);
    assert.ok(requests > 4);
    assert.deepEqual([...new Set(server.asked)].sort(), ['/web/health?db_server_status=1', '/web/login']);
  });

  it('fails the deployment where the database is away, and its record still says what runs', async () => {
    const server = await serve(odooAnswers({ database: false, login: 500 }));
    const { root } = sampleIn(folder());
    const sha = pushToStaging(root, deployFiles({ run: 'true', health: { timeout: '1s' } }, server.url));
    const act = await deployed(root);
    assert.equal(act.record.result, 'failed');
    assert.equal(act.record.message, 'database: the database server does not answer; login: /web/login answers 500');
    assert.equal(outcomeOf(act).sha, sha);
    assert.deepEqual(resultsOf(outcomeOf(act).health), ['http passed', 'database failed', 'login failed']);
    assert.equal(act.record.steps.at(-1)?.result, 'failed');
  });

  it('is failed by an Odoo that takes connections and never answers, after its time and not much later', async () => {
    const server = await serve(() => undefined);
    const begin = Date.now();
    assert.deepEqual(resultsOf(await ask(server.url, 1000)), ['http failed', 'database inconclusive', 'login failed']);
    assert.ok(Date.now() - begin < 10_000);
  });

  it('is failed where nothing listens, and where the database selector is shown', async () => {
    const gone = await serve(odooAnswers());
    gone.close();
    const [http] = await ask(gone.url, 0);
    assert.match(http?.message ?? '', /^\/web\/health does not answer: ECONNREFUSED$/);
    const selector = await serve(odooAnswers({ login: 303 }));
    assert.deepEqual(resultsOf(await ask(selector.url, 0)), ['http passed', 'database passed', 'login failed']);
  });

  it('is asked no more after a cancel', async () => {
    const server = await serve(odooAnswers({ login: 503 }));
    const controller = new AbortController();
    const asking = awaitHealth({ environment: 'staging', url: server.url, timeout: 60_000, signal: controller.signal, now: () => 'now' });
    setTimeout(() => controller.abort(), 200);
    await assert.rejects(asking, { name: 'AbortError' });
  });

  it('is one word for the overview, of the same two questions', async () => {
    const [well, broken] = [await serve(odooAnswers()), await serve(odooAnswers({ login: 500 }))];
    assert.deepEqual([await askHealth(well.url, signal), await askHealth(broken.url, signal)], ['healthy', 'unhealthy']);
    assert.equal(await askHealth(well.url, AbortSignal.abort()), 'unknown');
  });
});
