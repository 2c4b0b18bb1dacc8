import assert from 'node:assert/strict';
import { awaitReady } from '../../../src/runtime/pr-environments/ready.ts';
import { identityOf } from '../../support/pr-database.ts';
import { rejectsWith } from '../../support/rejects.ts';

const { signal } = new AbortController();
type Asked = Parameters<typeof awaitReady>[0];
const engine = (more: Partial<Asked>): Asked => ({ ask: () => Promise.resolve(null), ended: () => Promise.resolve(null), ...more });

describe('waiting for an Odoo', () => {
  it('ends with what it answered last, and says where its log is', async () => {
    const slow = engine({ ask: () => Promise.resolve({ status: 500, location: null }) });
    const error = await rejectsWith(awaitReady(slow, identityOf(12), signal, 0), 'timeout', 'its health page answers 500');
    assert.match(error.hint ?? '', /logs\/odoo\.log.*`odoo-ops pr logs 12`/);
  });

  it('ends where Odoo does, with its last words', async () => {
    const dead = engine({
      ended: () => Promise.resolve({ exitCode: 1, lines: ['2026-03-05 12:00:02,500 7 CRITICAL x odoo: no database', ''] }),
    });
    const error = await rejectsWith(awaitReady(dead, identityOf(12), signal), 'failed', 'no database');
    assert.match(error.hint ?? '', /logs\/odoo\.log/);
  });
});
