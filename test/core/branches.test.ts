import assert from 'node:assert/strict';
import fc from 'fast-check';
import { branchRole, branchSlug, pullRequestHost } from '../../src/core/branches.ts';

const BRANCHES = { production: 'production', staging: 'main', pull_requests: ['feature/*', 'fix/*'] };

describe('branches', () => {
  it('have a role by their name', () => {
    assert.deepEqual(
      ['production', 'main', 'feature/x', 'fix/y', 'feature/x/y', 'Main', 'odoo-ops/evidence'].map((name) => branchRole(name, BRANCHES)),
      ['production', 'staging', 'pull-request', 'pull-request', 'other', 'other', 'other'],
    );
  });

  it('keep the role of staging where a pattern would fit it too', () => {
    assert.equal(branchRole('main', { ...BRANCHES, pull_requests: ['*'] }), 'staging');
  });

  it('become DNS labels', () => {
    assert.equal(branchSlug('feature/Loyalty Points'), 'feature-loyalty-points');
    assert.equal(branchSlug('価格'), 'branch');
    assert.equal(pullRequestHost('pr-<number>-<slug>.dev.example.com', 12, 'fix/Tax_rate'), 'pr-12-fix-tax-rate.dev.example.com');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => assert.match(branchSlug(name), /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/)),
    );
  });
});
