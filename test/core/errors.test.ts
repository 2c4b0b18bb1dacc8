import assert from 'node:assert/strict';
import { EXIT_CODES, OpsError, exitCodeOf, isOpsError, toOpsError, type ErrorCode } from '../../src/core/errors.ts';

describe('errors', () => {
  const codes: Record<ErrorCode, number> = {
    usage: 2,
    config: 2,
    repository: 1,
    refused: 3,
    locked: 3,
    moved: 3,
    unreachable: 4,
    rejected: 1,
    timeout: 1,
    cancelled: 130,
    evidence: 1,
    failed: 1,
  };
  for (const [code, expected] of Object.entries(codes)) {
    it(`${code} ends the program with ${expected}`, () => assert.equal(exitCodeOf(new OpsError(code as ErrorCode, 'x')), expected));
  }
  it('of others end it with 1', () => assert.deepEqual([exitCodeOf(new Error('x')), exitCodeOf('x'), EXIT_CODES.done], [1, 1, 0]));
  it('keep what caused them, and are told by their code', () => {
    const cause = new Error('inner');
    const error = toOpsError(cause);
    assert.deepEqual([error.code, error.message, error.cause], ['failed', 'inner', cause]);
    assert.equal(toOpsError(error), error);
    assert.equal(isOpsError(error, 'failed') && !isOpsError(error, 'usage') && !isOpsError(cause), true);
  });
  it('of an aborted or late operation are known, whatever library threw them', () => {
    assert.equal(toOpsError(AbortSignal.abort().reason).code, 'cancelled');
    assert.equal(toOpsError(Object.assign(new Error('x'), { name: 'TimeoutError' })).code, 'timeout');
    assert.equal(toOpsError('text').message, 'text');
  });
});
