import assert from 'node:assert/strict';
import { isOpsError, type ErrorCode, type OpsError } from '../../src/core/errors.ts';

/** Expects an error of our family by its code, and words that its message must hold. @returns the error */
export async function rejectsWith(work: Promise<unknown>, code: ErrorCode, ...words: readonly string[]): Promise<OpsError> {
  let found: unknown;
  await assert.rejects(work, (error) => {
    found = error;
    return true;
  });
  if (!isOpsError(found)) throw found;
  assert.equal(found.code, code, found.message);
  for (const word of words) assert.ok(found.message.includes(word), `${JSON.stringify(found.message)} should say ${JSON.stringify(word)}`);
  return found;
}
