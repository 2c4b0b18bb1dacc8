import assert from 'node:assert/strict';
import { linearPromotion } from '../../../src/core/policy/linear-promotion.ts';
import { repositoryFacts } from '../../support/policy-facts.ts';

const answer = async (blockers: Parameters<typeof linearPromotion.check>[0]['blockers']) =>
  linearPromotion.check(await repositoryFacts([], {}, { blockers }));

describe('rule linear-promotion', () => {
  it('says why it has nothing to look at', async () => {
    assert.deepEqual(await answer({ unknown: 'This clone is shallow: run `git fetch --unshallow`.' }), {
      not_applicable: 'This clone is shallow: run `git fetch --unshallow`.',
    });
  });
  it('passes a production that is staging of before', async () => {
    assert.deepEqual(await answer([]), { looked_at: 'the history of production and main', findings: [] });
  });
  it('makes a finding without a file of each blocker', async () => {
    const result = await answer([{ code: 'direct-commit', message: 'm', hint: 'h', commits: [] }]);
    assert.deepEqual('findings' in result && result.findings, [
      { rule: 'linear-promotion', severity: 'error', file: null, range: null, message: 'm', fix: 'h', paragraph: '§4.2' },
    ]);
  });
});
