import assert from 'node:assert/strict';
import { promotionPlanSchema } from '../../../src/core/promotion/plan.ts';

describe('plan of a promotion in an old record', () => {
  it('was a push, without a pull request', () => {
    const sha = 'a'.repeat(40);
    const old = {
      act: 'promotion',
      environment: 'staging',
      remote: 'origin',
      from: 'feature/x',
      to: 'main',
      from_sha: sha,
      to_sha: sha,
      method: 'merge',
      merge_tree: sha,
      emergency: null,
      nothing_to_do: false,
      commits: [],
      authors: [],
      modules: [],
      files: [],
      rules_sha: sha,
      gates: [],
      blockers: [],
    };
    assert.deepEqual(promotionPlanSchema.parse(old), { ...old, by: 'push', pull_request: null, notices: [] });
  });
});
