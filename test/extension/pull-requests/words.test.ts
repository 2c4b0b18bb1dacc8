import assert from 'node:assert/strict';
import type { EnvironmentPlan } from '../../../src/core/pr-environments/plan.ts';
import { downText, forkText, sweepText, upText } from '../../../src/extension/pull-requests/words.ts';

const SHA = 'c0ffee'.padEnd(40, '0');
const PLAN: EnvironmentPlan = {
  act: 'pr-environment',
  action: 'up',
  stage: 'staging',
  number: 12,
  title: 'Loyalty points',
  pull_request_url: 'https://github.com/acme/odoo/pull/12',
  branch: 'feature/loyalty-points',
  sha: SHA,
  fork: false,
  approved_by: null,
  host: 'pr-12-loyalty.example.com',
  url: 'https://pr-12-loyalty.example.com',
  name: 'odoo-ops-acme-pr-12',
  database: 'odoo_ops_acme_pr_12',
  engine: 'docker',
  lacks: [],
  template: { name: 'staging', database: 'odoo_ops_acme_template', sha: 'a'.repeat(40) },
  modules: [],
  egress: [],
  access: 'basic',
  replaces_sha: null,
};

describe('words of the dialogs', () => {
  it('name number, commit, address, database and modules of a build', () => {
    const modules = ['ipai_loyalty', 'ipai_meta'].map((module) => ({ module, change: 'changed' }) as EnvironmentPlan['modules'][number]);
    assert.deepEqual(upText({ ...PLAN, modules }).split('\n'), [
      '#12 Loyalty points',
      'Commit c0ffee00 of feature/loyalty-points',
      'At https://pr-12-loyalty.example.com, with a password',
      'Database: a neutralised copy of staging at aaaaaaaa',
      'Modules: ipai_loyalty, ipai_meta',
    ]);
  });

  it('say what the engine cannot give, and what is lost', () => {
    const text = upText({
      ...PLAN,
      engine: 'process',
      access: 'local',
      lacks: ['egress-lock', 'limits'],
      replaces_sha: 'b'.repeat(40),
      template: null,
    });
    assert.match(text, /At a port of its own, for whoever works on this machine/);
    assert.match(text, /cannot give:\n• nothing keeps its code from the network\n• nothing bounds what it uses/);
    assert.match(text, /replaces the one of bbbbbbbb/);
    assert.match(text, /Database: a fresh one/);
  });

  it("name the author and the whole commit before a stranger's code runs", () => {
    const text = forkText({ ...PLAN, fork: true, title: 'Nice\u202e \nApproved by the team' }, 'mallory');
    assert.match(text, /^mallory wrote it: Nice {3}Approved by the team$/m);
    assert.match(text, new RegExp(`^Commit ${SHA}$`, 'm'));
  });

  it('say what goes with an environment', () => {
    assert.match(
      downText({ ...PLAN, action: 'down', sha: null, replaces_sha: SHA }),
      /Database odoo_ops_acme_pr_12, with all that was typed into it/,
    );
  });

  it('name what a sweep takes away, and how much more there is', () => {
    const reclaim = Array.from({ length: 15 }, (_, index) => ({
      kind: 'container' as const,
      part: 'odoo' as const,
      name: `odoo-ops-acme-pr-${index}`,
      reason: `pull request ${index} is closed`,
    }));
    const lines = sweepText(reclaim).split('\n');
    assert.deepEqual(
      [lines.length, lines[0], lines.at(-1)],
      [13, 'container odoo-ops-acme-pr-0: pull request 0 is closed', '… and 3 things more'],
    );
  });
});
