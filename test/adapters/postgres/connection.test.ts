import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { postgresControlPlane } from '../../../src/adapters/postgres/control-plane.ts';
import { activity } from '../../../src/core/control-plane/questions.ts';
import { connection, strangeServer, testDatabase, type TestDatabase } from '../../support/database.ts';
import { rejectsWith } from '../../support/rejects.ts';

function endless(socket: Socket): void {
  const write = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0x5a)));
  };
  socket.on('drain', write);
  write();
}

describe('a control plane that cannot be reached', function () {
  this.timeout(90_000);
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  const ask = (url: string, timeout: number) => postgresControlPlane(connection(url, timeout), 'acme').select(activity({}, 1));

  it('is told as such: port closed, wrong password, no schema, and the connection string is never shown', async () => {
    const server = await strangeServer(() => undefined);
    server.close();
    const url = await database.create();
    const wrong = new URL(url);
    wrong.password = 'wrong-password';
    for (const target of [server.url, server.url.replace('127.0.0.1', 'localhost'), wrong.href, url]) {
      const error = await rejectsWith(ask(target, 2000), 'unreachable');
      assert.doesNotMatch(`${error.message} ${error.hint ?? ''} ${JSON.stringify(error.details)}`, /very-secret-pw|wrong-password/);
      assert.notEqual(error.message.trim().at(-1), ':');
    }
    assert.match((await rejectsWith(ask(url, 2000), 'unreachable')).hint ?? '', /control-plane migrate/);
  });

  for (const [what, behave] of [
    ['accepts and says nothing', () => undefined],
    ['answers nonsense', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n<html>')],
    ['answers endless nonsense', endless],
    ['hangs up', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    // Authentication is fine, and the server is ready for queries, which it never answers.
    [
      'lets in and then says nothing',
      (socket: Socket) => socket.once('data', () => socket.write(Buffer.from('5200000008000000005a0000000549', 'hex'))),
    ],
  ] as const) {
    it(`is given up in time where it ${what}`, async () => {
      const server = await strangeServer(behave);
      const begin = Date.now();
      try {
        await rejectsWith(ask(server.url, 400), 'unreachable');
        assert.ok(Date.now() - begin < 4000, `${Date.now() - begin} ms`);
      } finally {
        server.close();
      }
    });
  }

  for (const url of ['not a url', 'mysql://x/y', 'postgresql://host:notaport/x', '']) {
    it(`is refused as a configuration or as unreachable for ${JSON.stringify(url)}`, async () => {
      const error = await ask(url, 500).then(
        () => undefined,
        (reason: unknown) => reason as { code: string },
      );
      assert.ok(error !== undefined && ['config', 'unreachable'].includes(error.code), JSON.stringify(error));
    });
  }

  it('is left at once by a cancel, whenever it comes', async () => {
    const server = await strangeServer(() => undefined);
    try {
      // While the client is loaded, while it connects, while the server says nothing: each has its own moment.
      for (let turns = 0; turns < 40; turns++) {
        const controller = new AbortController();
        const asked = postgresControlPlane({ url: server.url, timeout: 10_000, signal: controller.signal }, 'acme').select(activity({}, 1));
        asked.catch(() => undefined);
        const begin = Date.now();
        for (let turn = 0; turn < turns; turn++) await (turn < 20 ? Promise.resolve() : immediate());
        controller.abort();
        await rejectsWith(asked, 'cancelled');
        assert.ok(Date.now() - begin < 3000, `after ${turns} turns: ${Date.now() - begin} ms`);
      }
    } finally {
      server.close();
    }
  });
});
