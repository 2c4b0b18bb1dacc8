import assert from 'node:assert/strict';
import { obey } from '../../src/cli/dev-keys.ts';
import { devSession } from '../../src/cli/dev-session.ts';
import type { DevCommand, DevEvent } from '../../src/core/devserver/events.ts';
import { OpsError } from '../../src/core/errors.ts';
import type { OpsEvent } from '../../src/core/events.ts';
import type { DevServer } from '../../src/runtime/dev.ts';
import { rejectsWith } from '../support/rejects.ts';

const ready: DevEvent = { type: 'ready', url: 'http://127.0.0.1:1', pid: 1, ms: 100, database: 'dev' };

function server(more: Partial<DevServer> = {}): DevServer {
  return {
    url: 'http://127.0.0.1:1',
    pid: 1,
    reloader: 'fast',
    ready: Promise.resolve(),
    exited: Promise.resolve({ code: 0, signal: null }),
    stop: () => Promise.resolve(),
    send: () => true,
    ...more,
  };
}

describe('one run of odoo-ops dev', () => {
  const printed: string[] = [];
  const reported: OpsEvent[] = [];
  const host = {
    options: { repository: '.', json: false, verbose: false },
    signal: new AbortController().signal,
    print: (_: unknown, text: string) => void printed.push(text),
    report: (event: OpsEvent) => void reported.push(event),
  };
  const said = (): string[] => reported.flatMap((event) => (event.type === 'text' ? [event.text] : []));

  beforeEach(() => {
    printed.length = reported.length = 0;
  });

  it('announces the first server as a result, and later ones as events', async () => {
    const session = devSession(host);
    session.onEvent(ready);
    session.onEvent({ type: 'reloaded', kind: 'patch', files: ['/repo/sale_order.py'], ms: 40 });
    session.onEvent(ready);
    assert.equal(await session.follow(server()), 0);
    assert.deepEqual(printed, ['Odoo is ready: http://127.0.0.1:1   (Ctrl-C stops it)']);
    assert.deepEqual(said(), ['Reloaded in 0.04 s (patched sale_order.py)', 'Odoo is ready: http://127.0.0.1:1 (0.10 s)']);
  });

  it("announces Odoo's own reloader when it answers", async () => {
    assert.equal(await devSession(host).follow(server({ reloader: 'odoo' })), 0);
    assert.equal(printed.length, 1);
  });

  it('ends with 1 after a crash loop, whatever the code of the process', async () => {
    const session = devSession(host);
    session.onEvent(ready);
    session.onEvent({ type: 'stopped', reason: 'crash-loop', code: 0 });
    assert.equal(await session.follow(server()), 1);
  });

  it('goes on where the code is wrong at the start and the server waits for it to be mended', async () => {
    const living = new OpsError('failed', 'Odoo cannot start', { details: { living: true } });
    assert.equal(await devSession(host).follow(server({ ready: Promise.reject(living) })), 0);
  });

  it('stops the server where its start fails for good', async () => {
    let stopped = false;
    const failed = server({
      ready: Promise.reject(new OpsError('timeout', 'too late')),
      stop: () => {
        stopped = true;
        return Promise.resolve();
      },
    });
    await rejectsWith(devSession(host).follow(failed), 'timeout');
    assert.ok(stopped);
  });

  describe('with keys', () => {
    const sent: DevCommand[] = [];
    const texts: string[] = [];
    const press = (key: string, modules: string[] = []): boolean =>
      obey(key, { needsUpdate: () => modules, send: (command) => sent.push(command) > 0, say: (text) => texts.push(text) });

    beforeEach(() => {
      sent.length = texts.length = 0;
    });

    it('updates what needs it', () => {
      press('u', ['sale_x']);
      assert.deepEqual(sent, [{ command: 'update', modules: ['sale_x'] }]);
    });

    it('says so where nothing needs an update', () => {
      press('u');
      assert.deepEqual([sent.length, texts.length], [0, 1]);
    });

    it('restarts', () => {
      press('r');
      assert.deepEqual(sent, [{ command: 'restart' }]);
    });

    it('explains itself, and is silent after a bare Enter', () => {
      press('');
      assert.equal(texts.length, 0);
      press('h');
      press('x');
      assert.equal(texts.length, 2);
    });
  });
});
