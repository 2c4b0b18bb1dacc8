import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { stampedProcesses, startOf } from '../../../../src/adapters/odoo/engine/processes.ts';
import { environmentPaths } from '../../../../src/adapters/odoo/engine/layout.ts';
import { rejectsWith } from '../../../support/rejects.ts';
import { temporaryFolders } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';
import { byKind, harness, lives, PASSWORD, PROJECT, signal, type Harness } from './harness.ts';

describe('an environment that is a process of this machine', function () {
  this.timeout(60_000);
  let h: Harness;
  before(async () => {
    h = await harness(folder(), { logLimit: 200_000 });
  });
  after(() => h.removeAll());
  const folder = temporaryFolders(); // they go after what is in them

  const pidOf = async (number: number): Promise<number> => {
    const attempt = h.attempt(number);
    await h.engine.ask(attempt.identity, '/pid', signal);
    return Number((await h.logged(attempt, /: pid (\d+)/))[1]);
  };

  it('runs as an ordinary user, without our variables, on a configuration that nobody else reads', async () => {
    const attempt = h.attempt(1);
    const { place } = await h.up(attempt);
    const [, variables = ''] = await h.logged(attempt, /variables (\[.*\])/);
    const names = JSON.parse(variables) as string[];
    for (const name of ['GITHUB_TOKEN', 'PGDATABASE', 'ODOO_DB_NAME']) assert.ok(!names.includes(name), name);
    for (const name of ['PATH', 'HOME', 'ODOO_STAGE']) assert.ok(names.includes(name), name);
    const [, uid] = await h.logged(attempt, /user (\d+) with/);
    const paths = environmentPaths(h.options.folder, attempt.identity);
    const file = statSync(paths.configuration);
    assert.equal(file.mode & 0o777, 0o600);
    assert.equal(file.uid, Number(uid));
    assert.notEqual(Number(uid), 0);
    assert.equal(await h.engine.configuration(attempt.identity, signal), h.conf(place));
    assert.deepEqual(await h.engine.ask(attempt.identity, '/', signal), { status: 303, location: '/web/login' });
    assert.equal(h.engine.upstream(attempt.identity).http, `127.0.0.1:${place.http.port}`);
  });

  it('keeps the secrets of its configuration out of the log that people read', async () => {
    const attempt = h.attempt(1);
    await h.logged(attempt, /user \d+ with \[redacted\]/);
    assert.match(readFileSync(environmentPaths(h.options.folder, attempt.identity).log, 'utf8'), new RegExp(PASSWORD));
  });

  it('starts again by itself when it is killed', async () => {
    const { identity } = h.attempt(1);
    const killed = await pidOf(1);
    process.kill(killed, 'SIGKILL');
    await h.logged(h.attempt(1), /WARNING db_1 odoo_ops.supervisor: Odoo ended with signal 9. It starts again in 1 s./);
    await until('another one answers', async () => {
      await h.engine.ask(identity, '/pid', signal);
      let last = killed;
      await h.engine.logs(
        identity,
        { tail: 1000, follow: false, onLine: (line) => (last = Number(/: pid (\d+)/.exec(line)?.[1] ?? last)) },
        signal,
      );
      return last !== killed;
    });
    assert.equal(await h.engine.ended(identity, signal), null);
  });

  it('stops with all that it started, sleeps, and wakes at the same address', async () => {
    const attempt = h.attempt(1);
    const before = h.engine.upstream(attempt.identity);
    await h.engine.ask(attempt.identity, '/orphan', signal);
    const orphan = Number((await h.logged(attempt, /orphan (\d+)/))[1]);
    assert.ok(lives(orphan));
    await h.engine.stop(attempt.identity, signal);
    await until('its daemon is gone', () => !lives(orphan));
    assert.equal(await h.engine.ask(attempt.identity, '/', signal), null);
    assert.equal(await h.engine.ended(attempt.identity, signal), null, 'it did not end by itself');
    assert.deepEqual(
      byKind(await h.engine.things(PROJECT, signal), 'process').map(({ running, part }) => [running, part]),
      [[false, 'odoo']],
    );
    assert.equal(await h.engine.wake(attempt.identity, signal), true);
    await until('it answers again', () => h.engine.ask(attempt.identity, '/', signal));
    assert.deepEqual(h.engine.upstream(attempt.identity), before);
    assert.equal(byKind(await h.engine.things(PROJECT, signal), 'process')[0]?.running, true);
    await h.logged(attempt, /orphan/); // what it said before is still there
  });

  it('is not woken on a port that somebody took, and says who', async () => {
    const { identity } = h.attempt(1);
    await h.engine.stop(identity, signal);
    const port = Number(h.engine.upstream(identity).http.split(':')[1]);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      const error = await rejectsWith(h.engine.wake(identity, signal), 'usage');
      assert.match(error.message, new RegExp(`Port ${port} is in use by .*${process.pid}`));
      assert.match(error.hint ?? '', /build the environment again/);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('is never taken for another process that has its number now', async () => {
    const { identity } = h.attempt(1);
    const paths = environmentPaths(h.options.folder, identity);
    const state = JSON.parse(readFileSync(paths.odoo, 'utf8')) as Record<string, unknown>;
    writeFileSync(paths.odoo, JSON.stringify({ ...state, process: { pid: process.ppid, started: 'another boot 1' } }));
    assert.equal(byKind(await h.engine.things(PROJECT, signal), 'process')[0]?.running, false);
    await h.engine.stop(identity, signal);
    assert.ok(lives(process.ppid));
  });

  it('follows its log over a cut and over a new beginning', async () => {
    const attempt = h.attempt(2);
    const { code, place } = await h.up(attempt);
    const control = new AbortController();
    const lines: string[] = [];
    const following = h.engine.logs(attempt.identity, { tail: 1, follow: true, onLine: (line) => lines.push(line) }, control.signal);
    await until('the last line', () => lines.length > 0);
    assert.match(lines[0] ?? '', /HTTP service running/);
    await h.engine.ask(attempt.identity, '/log/300', signal);
    const log = environmentPaths(h.options.folder, attempt.identity).log;
    await until('the log is cut, and begins with a whole line', () => {
      const text = readFileSync(log, 'utf8');
      return text.length < 200_000 && /^2026.* line \d+ x+\n/.test(text);
    });
    await h.engine.ask(attempt.identity, '/pid', signal);
    await until('what came after the cut', () => lines.some((line) => line.includes(': pid ')));
    lines.length = 0;
    await h.engine.start(attempt, code, h.conf(place), signal);
    await until('what the next one says first', () => lines.some((line) => line.includes('variables [')));
    control.abort();
    await following;
  });

  it('tells that it ended by itself, with what it said last, and does not try again what fails at once', async () => {
    const attempt = h.attempt(3);
    const { code, place } = await h.ground(attempt);
    await h.engine.start(attempt, code, h.conf(place, 'broken = yes'), signal);
    const ended = await until('it ended', () => h.engine.ended(attempt.identity, signal));
    assert.equal(ended.exitCode, 255);
    assert.match(ended.lines.at(-1) ?? '', /CRITICAL .*No such module/);
    assert.equal(await h.engine.wake(attempt.identity, signal), true, 'a person may try');
  });

  it('leaves nothing when its supervisor is killed', async function () {
    if (process.platform !== 'linux') return this.skip(); // only Linux tells a child that its parent died
    const attempt = h.attempt(4);
    await h.up(attempt);
    const paths = environmentPaths(h.options.folder, attempt.identity);
    const { process: mark } = JSON.parse(readFileSync(paths.odoo, 'utf8')) as { process: { pid: number; started: string } };
    assert.equal(await startOf(mark.pid), mark.started);
    process.kill(mark.pid, 'SIGKILL');
    await until('no process of it is left', async () => (await stampedProcesses(paths.folder)).length === 0);
    assert.deepEqual((await h.engine.ended(attempt.identity, signal))?.exitCode, null);
    assert.equal(await h.engine.wake(attempt.identity, signal), true);
    await until('it answers again', () => h.engine.ask(attempt.identity, '/', signal));
  });

  it('ends where its whole folder was removed, as with the clone', async () => {
    const other = await harness(folder());
    const attempt = other.attempt(1);
    await other.up(attempt);
    rmSync(other.options.folder, { recursive: true });
    const { folder: place } = environmentPaths(other.options.folder, attempt.identity);
    await until('no process of it is left', async () => (await stampedProcesses(place)).length === 0);
  });

  it('is replaced by the next build, whose code takes the place of the old', async () => {
    const first = h.attempt(5);
    const { code: old } = await h.up(first);
    const second = h.attempt(5, 'd00d'.padEnd(40, '0'));
    const { code } = await h.up(second);
    assert.ok(existsSync(code.id));
    assert.ok(!existsSync(old.id));
    const [odoo] = (await h.engine.things(PROJECT, signal)).filter(({ kind, stamp }) => kind === 'process' && stamp.number === 5);
    assert.equal(odoo?.stamp.attempt, second.id);
    assert.equal(odoo.running, true);
  });

  it('goes as a whole, and only as what was listed', async () => {
    const things = (await h.engine.things(PROJECT, signal)).filter(({ stamp }) => stamp.number === 5);
    assert.deepEqual(things.map(({ kind, part }) => `${kind} ${part}`).sort(), [
      'folder filestore',
      'folder network',
      'process odoo',
      'work-tree code',
    ]);
    for (const thing of things) {
      const other = { ...thing, stamp: { ...thing.stamp, attempt: 'another' } };
      assert.equal(await h.engine.remove(other, signal), false);
    }
    assert.notEqual(await h.engine.ask(h.attempt(5).identity, '/', signal), null, 'it still runs');
    for (const kind of ['process', 'work-tree', 'folder'] as const) {
      for (const thing of byKind(things, kind)) assert.equal(await h.engine.remove(thing, signal), true);
    }
    assert.equal(await h.engine.ask(h.attempt(5).identity, '/', signal), null);
    assert.deepEqual(
      (await h.engine.things(PROJECT, signal)).filter(({ stamp }) => stamp.number === 5),
      [],
    );
    const { folder: place } = environmentPaths(h.options.folder, h.attempt(5).identity);
    for (const path of [place, `${place}.json`, `${place}-data`, `${place}-odoo.json`]) assert.ok(!existsSync(path), path);
    assert.ok(existsSync(dirname(place)), 'others of the project are still there');
    for (const thing of things) assert.equal(await h.engine.remove(thing, signal), true, 'what is gone is no error');
    assert.equal(await h.engine.wake(h.attempt(5).identity, signal), false);
  });
});
