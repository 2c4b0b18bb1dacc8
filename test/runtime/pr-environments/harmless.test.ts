import assert from 'node:assert/strict';
import { statementsOf } from '../../../src/runtime/pr-environments/harmless.ts';

describe('what `neutralize --stdout` answers', () => {
  it('is what stands between the first BEGIN and the last COMMIT, whatever an addon prints around it', () => {
    const output = ['hello from an addon', 'BEGIN;', 'UPDATE ir_cron SET active = false;', '', 'COMMIT;', 'bye'];
    assert.equal(statementsOf(output), 'UPDATE ir_cron SET active = false;\n');
  });

  it('keeps all of it, where a function in it has such lines itself', () => {
    assert.equal(statementsOf(['BEGIN;', 'a', 'COMMIT;', 'BEGIN;', 'b', 'COMMIT;']), 'a\nCOMMIT;\nBEGIN;\nb');
  });

  it('is no answer without both', () => {
    for (const output of [[], ['BEGIN;'], ['COMMIT;', 'BEGIN;'], ['begin;', 'x', 'commit;']]) {
      assert.throws(() => statementsOf(output), { code: 'failed', message: /without SQL/ });
    }
  });
});
