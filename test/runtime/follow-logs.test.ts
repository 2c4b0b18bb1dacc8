import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { delivery } from '../support/deliveries.ts';
import { runAct } from '../../src/runtime/evidence/act.ts';
import { followActLogs } from '../../src/runtime/follow-logs.ts';
import { rejectsWith } from '../support/rejects.ts';
import { sampleIn } from '../support/sample.ts';
import { stored } from '../support/stored.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';
import { opened } from '../support/workspace.ts';

describe('following the logs of an act', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const { signal } = new AbortController();

  it('tells lines while they are written, each once, and ends with the act', async () => {
    const workspace = await opened(sampleIn(folder()).root);
    const seen: string[] = [];
    const onLine = (log: string, line: string) => void seen.push(`${log}: ${line}`);
    let following: Promise<void> | undefined;
    const { plan } = delivery(1).record;
    const act = await runAct(workspace, 'build-main', plan, async (session) => {
      const place = join(workspace.evidenceRoot, session.folder);
      const write = session.log('modules.log');
      write('one');
      following = followActLogs(workspace, `${workspace.config.evidence.folder}/${session.folder}`, onLine, signal);
      await until('the first line', () => seen.some((line) => line.endsWith('one')));
      write('two \u{1f389}');
      await until('the second line', () => seen.some((line) => line.endsWith('two \u{1f389}')));
      assert.deepEqual(readdirSync(join(place, 'logs')).includes('modules.log'), true);
      write('three');
      return { result: 'passed', message: null, outcome: null };
    });
    await following;
    const own = seen.filter((line) => line.startsWith('modules.log: ')).map((line) => /\S+$/u.exec(line)?.[0]);
    assert.deepEqual(own, ['one', '\u{1f389}', 'three']);
    assert.equal(act.record.result, 'passed');
  });

  it('keeps a character whole that was written in two halves', async () => {
    const workspace = await opened(sampleIn(folder()).root);
    const seen: string[] = [];
    const { plan } = delivery(1).record;
    await runAct(workspace, 'build-main', plan, async (session) => {
      session.log('raw.log')('begin');
      const raw = join(workspace.evidenceRoot, session.folder, 'logs', 'raw.log');
      const following = followActLogs(
        workspace,
        `${workspace.config.evidence.folder}/${session.folder}`,
        (_, line) => void seen.push(line),
        AbortSignal.timeout(20_000),
      ).catch(() => undefined);
      await until('the beginning', () => seen.some((line) => line.endsWith('begin')));
      const [first, rest] = [Buffer.from('é').subarray(0, 1), Buffer.concat([Buffer.from('é').subarray(1), Buffer.from('t\u001b[2J\n')])];
      appendFileSync(raw, first);
      const mark = session.log('a.log');
      // Of two looks at a log that is read before it, the first has seen the half.
      for (const word of ['look', 'again']) {
        mark(word);
        await until('a look', () => seen.some((line) => line.endsWith(word)));
      }
      appendFileSync(raw, rest);
      await until('the whole line', () => seen.some((line) => line.endsWith('ét [2J')));
      void following;
      return { result: 'passed', message: null, outcome: null };
    });
  });

  it('ends at once for an act that has ended, and stops when it is told to', async () => {
    const workspace = await opened(sampleIn(folder()).root);
    const place = await stored(workspace, delivery(2), { 'act.log': 'first\nlast without its end' });
    const seen: string[] = [];
    await followActLogs(workspace, place, (log, line) => void seen.push(`${log} ${line}`), signal);
    assert.deepEqual(seen, ['act.log first', 'act.log last without its end']);
    await assert.rejects(
      followActLogs(workspace, place, () => undefined, AbortSignal.abort()),
      { name: 'AbortError' },
    );
    await rejectsWith(
      followActLogs(workspace, `${place}-not`, () => undefined, signal),
      'usage',
      'no record',
    );
  });
});
