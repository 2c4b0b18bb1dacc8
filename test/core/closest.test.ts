import assert from 'node:assert/strict';
import { closest } from '../../src/core/closest.ts';
import { RULES } from '../../src/core/policy/finding.ts';

describe('the name that was probably meant', () => {
  for (const [said, meant] of [
    ['cron', 'cron-limits'],
    ['secrets', 'no-secrets'],
    ['odoo_stage', 'odoo-stage'],
    ['staging-neutralized', 'staging-neutralised'],
    ['linear-promotoin', 'linear-promotion'],
    ['RLS', undefined],
    ['x', undefined],
    ['', undefined],
  ] as const) {
    it(`is ${meant ?? 'none'} for ${JSON.stringify(said)}`, () => assert.equal(closest(said, RULES), meant));
  }
});
