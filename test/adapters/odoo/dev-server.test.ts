import assert from 'node:assert/strict';
import { launchDevServer, startDevServer } from '../../../src/adapters/odoo/dev-server.ts';
import type { DevServer } from '../../../src/adapters/odoo/dev-server.ts';
import { groupLives } from '../../../src/adapters/odoo/process-group.ts';
import { isOpsError } from '../../../src/core/errors.ts';
import type { OpsEvent } from '../../../src/core/events.ts';
import type { LogLine } from '../../../src/core/devserver/log-line.ts';
import { eventually, fakeOptions } from '../../fixtures/odoo/fake.ts';
import type { FakeMode } from '../../fixtures/odoo/fake.ts';

describe('development server (with a stand-in for Odoo)', function () {
  this.timeout(30_000);

  const events: OpsEvent[] = [];
  const lines: LogLine[] = [];
  let abort: AbortController;
  let server: DevServer | undefined;

  async function launch(mode: FakeMode, more?: Record<string, unknown>): Promise<DevServer> {
    server = await launchDevServer(
      await fakeOptions(mode, more),
      { signal: abort.signal, report: (event) => events.push(event) },
      { onLine: (line) => lines.push(line) },
    );
    return server;
  }

  const saw = (text: string): LogLine | undefined => lines.find(({ message }) => message.includes(text));

  beforeEach(() => {
    events.length = lines.length = 0;
    abort = new AbortController();
  });

  afterEach(async () => {
    await server?.stop(0);
    server = undefined;
  });

  it('is ready when health and login answer, and reports the step', async () => {
    await (
      await launch('ready')
    ).ready;
    assert.deepEqual(
      events.map((event) => (event.type === 'stop' ? event.result : event.type)),
      ['start', 'passed'],
    );
  });

  it('is ready where the login page is in a language first', async () => {
    await (
      await launch('language')
    ).ready;
  });

  it('fails where Odoo shows its database selector', async () => {
    await assert.rejects((await launch('selector')).ready, (error) => isOpsError(error, 'failed') && error.message.includes('selector'));
  });

  it('passes on what it writes, from both streams, with secrets removed', async () => {
    await (
      await launch('ready')
    ).ready;
    await eventually('both streams', () => saw('printed by an addon') !== undefined && saw('environment') !== undefined);
    assert.equal(saw('environment')?.message, 'environment [redacted]');
    assert.equal(saw('environment')?.database, 'fake');
  });

  it('ends with the exception when it exits before it is ready', async () => {
    const started = await launch('crash');
    await assert.rejects(
      started.ready,
      (error) => isOpsError(error, 'failed') && /exit code 255.*Failed to initialize.*ValueError: boom/.test(error.message),
    );
    assert.deepEqual(await started.exited, { code: 255, signal: null });
    const last = events.at(-1);
    assert.ok(last?.type === 'stop' && last.result === 'failed');
  });

  it("gives Odoo's last words where it had no log yet", async () => {
    await assert.rejects(
      (await launch('unknown-option')).ready,
      (error) => isOpsError(error, 'failed') && error.message.includes('--bogus') && error.hint !== undefined,
    );
  });

  it('fails, and stays up to be mended, when the login page answers an error', async () => {
    const started = await launch('broken');
    await assert.rejects(started.ready, (error) => isOpsError(error, 'failed') && error.message.includes('500'));
    assert.ok(groupLives(started.pid!));
  });

  it('has a deadline', async () => {
    await assert.rejects(
      (await launch('silent', { readyWithinMs: 500 })).ready,
      (error) => isOpsError(error, 'timeout') && error.message.includes('0.5 s'),
    );
  });

  it('fails where Python cannot be run', async () => {
    const started = await launch('ready', { python: '/nowhere/python3' });
    await assert.rejects(started.ready, (error) => isOpsError(error, 'failed') && error.message.includes('/nowhere/python3'));
    assert.equal(started.pid, undefined);
  });

  it('stops gently', async () => {
    const started = await launch('ready');
    await started.ready;
    await started.stop();
    assert.deepEqual(await started.exited, { code: 0, signal: null });
    assert.ok(!groupLives(started.pid!));
    await started.stop(); // again is no error
  });

  it('kills what ignores its signals, with its children', async () => {
    const started = await launch('stubborn');
    await started.ready;
    await started.stop(200);
    assert.equal((await started.exited).signal, 'SIGKILL');
    assert.ok(!groupLives(started.pid!));
  });

  it('stops when the person cancels, before or after it is ready', async () => {
    const early = await launch('silent');
    abort.abort();
    await assert.rejects(early.ready, (error) => isOpsError(error, 'cancelled'));
    await early.exited;
    assert.ok(events.some((event) => event.type === 'stop' && event.result === 'cancelled'));

    abort = new AbortController();
    const late = await launch('ready');
    await late.ready;
    abort.abort();
    await late.exited;
  });

  it('leaves no listener behind', async () => {
    const before = process.listenerCount('SIGTERM');
    const started = await launch('ready');
    assert.equal(process.listenerCount('SIGTERM'), before + 1);
    await started.stop(0);
    await eventually('released', () => process.listenerCount('SIGTERM') === before);
  });

  it('is not started where PostgreSQL does not answer', async () => {
    const options = await fakeOptions('ready');
    const env = { ...options.env, PGHOST: '127.0.0.1', PGPORT: String(options.httpPort) }; // a port that was free a moment ago
    await assert.rejects(startDevServer({ ...options, env }, { signal: abort.signal, report: (event) => events.push(event) }), (error) =>
      isOpsError(error, 'unreachable'),
    );
    assert.deepEqual(events, []);
  });
});
