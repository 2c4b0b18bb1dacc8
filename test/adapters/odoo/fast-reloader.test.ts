import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { awaitDatabase } from '../../../src/adapters/odoo/await-database.ts';
import { launchDevServer } from '../../../src/adapters/odoo/dev-server.ts';
import type { DevServer } from '../../../src/adapters/odoo/dev-server.ts';
import { groupLives } from '../../../src/adapters/odoo/process-group.ts';
import { reloadProgram } from '../../../src/adapters/odoo/reload-program.ts';
import type { DevEvent } from '../../../src/core/devserver/events.ts';
import type { LogLine } from '../../../src/core/devserver/log-line.ts';
import { eventually, fakeReloaderOptions, freePort } from '../../fixtures/odoo/fake.ts';
import type { FakeReloaderMode } from '../../fixtures/odoo/fake.ts';
import { rejectsWith } from '../../support/rejects.ts';

describe('fast reloader (with a stand-in for its program)', function () {
  this.timeout(30_000);

  const events: DevEvent[] = [];
  const lines: LogLine[] = [];
  let abort: AbortController;
  let server: DevServer | undefined;

  async function launch(mode: FakeReloaderMode, more?: Record<string, unknown>): Promise<DevServer> {
    server = await launchDevServer(
      await fakeReloaderOptions(mode, more),
      { signal: abort.signal, report: () => undefined },
      { onLine: (line) => lines.push(line), onEvent: (event) => events.push(event) },
    );
    return server;
  }

  const types = (): string[] => events.map(({ type }) => type);
  const noticed = (text: string): boolean => events.some((event) => event.type === 'notice' && event.message.includes(text));
  const programPath = (): string =>
    /arguments (\S+)/.exec(lines.find(({ message }) => message.startsWith('arguments'))?.message ?? '')?.[1] ?? '';

  beforeEach(() => {
    events.length = lines.length = 0;
    abort = new AbortController();
  });

  afterEach(async () => {
    await server?.stop(0);
    server = undefined;
  });

  it('is ready when its event says so, and says that it is the fast one', async () => {
    const started = await launch('ready');
    await started.ready;
    assert.equal(started.reloader, 'fast');
    assert.deepEqual(types(), ['starting', 'ready']);
  });

  it('gets commands, in their order', async () => {
    const started = await launch('ready');
    await started.ready;
    assert.ok(started.send({ command: 'update', modules: ['sale_x'] }));
    assert.ok(started.send({ command: 'restart' }));
    await eventually('both', () => noticed('{"command": "update", "modules": ["sale_x"]}') && types().includes('reloaded'));
    assert.ok(started.send({ command: 'stop' }));
    assert.deepEqual(await started.exited, { code: 0, signal: null });
    assert.equal(types().at(-1), 'stopped');
    assert.ok(!started.send({ command: 'reload' }), 'nobody is there any more');
  });

  it('tells where the code is wrong, and comes up when it is mended', async () => {
    const started = await launch('broken');
    const error = await rejectsWith(started.ready, 'failed', '/repo/a.py:3:7: SyntaxError');
    assert.equal(error.details['living'], true);
    await eventually('it is mended', () => types().includes('ready'));
    assert.ok(groupLives(started.pid!));
  });

  it('fails where its program gives up', async () => {
    await rejectsWith((await launch('crash-loop')).ready, 'failed', 'crashed again and again', '5 crashes in a minute');
  });

  it('fails where its program ends without a word', async () => {
    await rejectsWith((await launch('dies')).ready, 'failed', 'exit code 3');
  });

  it('fails where Python cannot be run, and leaves no copy', async () => {
    await rejectsWith((await launch('ready', { python: '/nowhere/python3' })).ready, 'failed', '/nowhere/python3');
  });

  it('has a deadline, which does not run while PostgreSQL is waited for', async () => {
    await rejectsWith((await launch('silent', { readyWithinMs: 500 })).ready, 'timeout', '0.5 s');
    await server?.stop(0);
    await (
      await launch('waiting', { readyWithinMs: 700 })
    ).ready;
    assert.ok(types().includes('waiting'));
  });

  it('is cancelled by the signal', async () => {
    const started = await launch('silent');
    abort.abort();
    await rejectsWith(started.ready, 'cancelled');
    await started.exited;
  });

  it('leaves out what it does not know, logs what is no event, and shows no secret', async () => {
    await (
      await launch('strange')
    ).ready;
    assert.deepEqual(types(), ['starting', 'notice', 'ready']);
    assert.ok(noticed('the password is [redacted]'));
    const wrong = lines.filter(({ message }) => message.startsWith('Not an event'));
    assert.deepEqual(
      wrong.map(({ level }) => level),
      ['WARNING', 'WARNING'],
    );
    assert.ok(wrong[0]?.message.endsWith('no JSON, with [redacted]'));
  });

  it('runs from a copy that another user can read, and removes it', async function () {
    if (process.getuid?.() !== 0) return this.skip(); // only root runs it as another user
    const before = process.listenerCount('exit');
    const started = await launch('ready');
    await started.ready;
    await eventually('its first line', () => programPath() !== '');
    const copy = dirname(programPath());
    assert.equal(statSync(copy).mode & 0o777, 0o755);
    assert.deepEqual(readdirSync(programPath()), ['__main__.py']);
    await started.stop();
    assert.ok(!existsSync(copy));
    assert.equal(process.listenerCount('exit'), before);
  });

  it('runs from its own folder as ourselves', async () => {
    assert.equal((await reloadProgram('/package', undefined)).path, '/package/odoo_reload');
  });

  it('waits for PostgreSQL before it starts, and says so again and again', async () => {
    const port = await freePort();
    const connection = { host: '127.0.0.1', port, user: 'me', password: '', sslmode: 'prefer' };
    const what = { connection, database: 'dev', installs: false, signal: abort.signal, onEvent: (event: DevEvent) => events.push(event) };
    const waiting = awaitDatabase({ ...what, lookEveryMs: 10, sayEveryMs: 100 });
    await eventually('three times', () => events.length >= 3);
    assert.ok(events.every((event) => event.type === 'waiting' && event.message.includes(`127.0.0.1:${port}`)));
    abort.abort();
    await rejectsWith(waiting, 'cancelled');
  });
});
