import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { logLines } from '../../src/core/control-plane/log-text.ts';
import { deliverOutbox } from '../../src/runtime/control-plane/deliver.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { findAct } from '../../src/runtime/find-act.ts';
import { logParts } from '../../src/runtime/logs.ts';
import { connection, strangeServer, testDatabase, type TestDatabase } from '../support/database.ts';
import { delivery, deployment, promotion } from '../support/deliveries.ts';
import { rejectsWith } from '../support/rejects.ts';
import { sampleIn } from '../support/sample.ts';
import { stored } from '../support/stored.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened, type Opened } from '../support/workspace.ts';

const long = Array.from({ length: 60_000 }, (_, line) => `line ${line} of a deployment 🎉`).join('\n');
const LOGS = {
  'act.log': 'start\n\u001b[2J\u001b]0;owned\u0007stop\r\n',
  'deploy.log': long,
  'gate-tests.log': Buffer.from([0x6f, 0x6b, 0xff, 0xfe, 0x00, 0x0a]),
};

async function read(workspace: Opened, word: string, name?: string): Promise<Record<string, string>> {
  const logs: Record<string, string> = {};
  for await (const part of logParts(workspace, await findAct(workspace, word), name)) logs[part.name] = (logs[part.name] ?? '') + part.text;
  return logs;
}

describe('logs', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  let url: string;
  let here: Opened;
  /** A clone that has the evidence folders of none. */
  let elsewhere: Opened;
  const idOf = (number: number) => delivery(number).record.id;

  before(async () => {
    database = await testDatabase();
    url = await database.create();
    await migrate(connection(url), migrationsFolder());
    here = await opened(sampleIn(folder()).root, { DATABASE_URL: url });
    elsewhere = await opened(sampleIn(folder()).root, { DATABASE_URL: url });
    await stored(here, promotion(1, 'production'), LOGS);
    await stored(here, deployment(2, 'staging'), LOGS);
    await stored(here, promotion(3, 'staging'), { 'act.log': 'later\n' });
    await stored(here, delivery(4));
    assert.equal((await deliverOutbox(here)).delivered, 4);
  });
  after(() => database.stop());

  it('are the same from the evidence folder and from the control plane', async () => {
    const own = await read(here, idOf(2));
    assert.deepEqual(Object.keys(own), Object.keys(LOGS));
    assert.equal(own['deploy.log'], long);
    // PostgreSQL's text holds no NUL.
    const received = await read(elsewhere, idOf(2));
    assert.deepEqual(received, { ...own, 'gate-tests.log': own['gate-tests.log']?.replace('\0', '\ufffd') });
    assert.deepEqual([(await findAct(here, idOf(2))).entry === null, (await findAct(elsewhere, idOf(2))).entry], [false, null]);
  });

  it('are found by the whole id, its beginning, the folder, or an environment: its last deployment, or promotion', async () => {
    const { folder: path } = deployment(2, 'staging');
    for (const workspace of [here, elsewhere]) {
      for (const word of [idOf(2), path, `./${path}/`, path.slice('web/docs/evidence/'.length), 'staging'])
        assert.equal((await findAct(workspace, word)).act.id, idOf(2), word);
      assert.equal((await findAct(workspace, 'production')).act.id, idOf(1));
      await rejectsWith(findAct(workspace, '00000000-0000-4000'), 'usage', 'fits');
      await rejectsWith(findAct(workspace, 'pr-7'), 'usage', 'No deployment of pr-7');
      for (const word of ['deadbeef', 'ffffffff-ffff-4fff-8fff-ffffffffffff', 'act-99', "'; drop table ops.logs; --", '../../etc', ''])
        await rejectsWith(findAct(workspace, word), 'usage', 'no record');
    }
  });

  it('can be asked for one by one; a wrong name is told what there is', async () => {
    for (const workspace of [here, elsewhere]) {
      assert.deepEqual(await read(workspace, idOf(3), 'act.log'), { 'act.log': 'later\n' });
      assert.deepEqual(Object.keys(await read(workspace, idOf(2), 'deploy.log')), ['deploy.log']);
      for (const name of ['nope.log', '../record.json', 'logs/act.log']) {
        const error = await rejectsWith(read(workspace, idOf(2), name), 'usage', 'no log');
        assert.equal(error.hint, 'It has: act.log, deploy.log, gate-tests.log');
      }
      assert.equal((await rejectsWith(read(workspace, idOf(4)), 'usage', 'no logs')).hint, 'It has none.');
    }
  });

  it('that were removed by age are told of with the rule', async () => {
    await database.query(url, 'alter table ops.logs disable trigger all');
    await database.query(url, 'delete from ops.logs where evidence_id = $1', [idOf(3)]);
    const error = await rejectsWith(read(elsewhere, idOf(3)), 'usage', 'removed by age', 'for 30d', '2026-01-01 08:00');
    assert.match(error.hint ?? '', /evidence sync/);
    assert.deepEqual(await read(here, idOf(3)), { 'act.log': 'later\n' });
  });

  it('of a folder that lost one are an error that says which; those of the control plane are not taken for it', async () => {
    const lost = await opened(sampleIn(folder()).root);
    const path = await stored(lost, promotion(1, 'production'), LOGS);
    rmSync(join(lost.root, path, 'logs', 'deploy.log'));
    await rejectsWith(read(lost, idOf(1)), 'evidence', 'logs/deploy.log is missing');
  });

  it('say that the control plane does not answer, where the record is not here', async () => {
    const closed = await strangeServer(() => undefined);
    closed.close();
    const away = await opened(elsewhere.root, { DATABASE_URL: closed.url });
    await rejectsWith(findAct(away, idOf(2)), 'unreachable', 'There is no record', 'here', 'does not answer');
  });
});

describe('lines of logs', () => {
  async function* parts(...given: [name: string, text: string][]): AsyncGenerator<{ name: string; text: string }> {
    for (const [name, text] of given) yield await Promise.resolve({ name, text });
  }
  const lines = async (given: AsyncIterable<{ name: string; text: string }>, options: Parameters<typeof logLines>[1]) => {
    const all: string[] = [];
    for await (const some of logLines(given, options)) all.push(...some);
    return all;
  };

  it('are whole, whatever the parts are, and move no cursor', async () => {
    const given = parts(['a.log', 'one\ntw'], ['a.log', 'o\r'], ['a.log', '\n\u001b[2Jthree\u202e'], ['b.log', 'four\n']);
    assert.deepEqual(await lines(given, { headings: true }), ['==> a.log <==', 'one', 'two', ' [2Jthree ', '', '==> b.log <==', 'four']);
  });

  it('are the last ones of each log, where only these are asked for', async () => {
    const given = parts(['a.log', '1\n2\n3'], ['a.log', '4\n5'], ['b.log', '6\n'], ['c.log', '']);
    assert.deepEqual(await lines(given, { headings: false, tail: 2 }), ['34', '5', '6']);
  });
});
