import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { findPortHolder, listeningInodes, requireFreePort } from '../../../src/adapters/odoo/port.ts';
import { isOpsError } from '../../../src/core/errors.ts';
import { freePort } from '../../fixtures/odoo/fake.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F85 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0
   1: 0100007F:1F85 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4343 1 0 20 4 30 10 -1
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4444 1 0 100 0 0 10 0
`;

describe('port of the server', () => {
  it('is looked up among the listening sockets only', () => {
    assert.deepEqual(listeningInodes(TABLE, 8069), ['4242']);
    assert.deepEqual(listeningInodes(TABLE, 80), ['4444']);
    assert.deepEqual(listeningInodes(TABLE, 8080), []);
  });

  it('is free where nothing listens', async () => {
    assert.equal(await findPortHolder(await freePort(), '127.0.0.1'), undefined);
  });

  for (const interfaceOfHolder of ['127.0.0.1', '0.0.0.0']) {
    it(`is in use where somebody listens on ${interfaceOfHolder}, and we know who`, async () => {
      const server = createServer().listen(0, interfaceOfHolder);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      try {
        const holder = await findPortHolder(port, '127.0.0.1');
        assert.ok(holder);
        if (process.platform === 'linux') assert.equal(holder.pid, process.pid);
        await assert.rejects(
          requireFreePort(port, '127.0.0.1'),
          (error) => isOpsError(error, 'usage') && error.message.includes(String(port)),
        );
      } finally {
        server.close();
      }
    });
  }

  it('must be on an address of this machine', async () => {
    await assert.rejects(findPortHolder(await freePort(), '192.0.2.1'), (error) => isOpsError(error, 'usage')); // TEST-NET-1
  });
});
