import assert from 'node:assert/strict';
import type { EnvironmentPlan } from '../../../src/core/pr-environments/plan.ts';
import { planText } from '../../../src/core/pr-environments/text.ts';

const plan: EnvironmentPlan = {
  act: 'pr-environment',
  action: 'up',
  stage: 'staging',
  number: 12,
  title: 'Loyalty\u001b[31m points\u202e',
  pull_request_url: 'https://github.test/acme/odoo/pull/12',
  branch: 'feature/loyalty',
  sha: 'a'.repeat(40),
  fork: false,
  approved_by: null,
  host: 'pr-12-loyalty.test',
  url: 'https://pr-12-loyalty.test',
  name: 'odoo-ops-acme-pr-12',
  database: 'odoo_ops_acme_pr_12',
  engine: 'docker',
  lacks: [],
  template: { name: 'staging', database: 'odoo_ops_acme_staging', sha: 'b'.repeat(40) },
  modules: [],
  egress: [],
  access: 'basic',
  replaces_sha: null,
};

describe('planText', () => {
  it('says what an environment is made of and what it may reach', () => {
    const text = planText(plan);
    assert.match(text, /a copy of staging at bbbbbbbb/);
    assert.match(text, /reaches {6}nothing outside/);
    assert.match(planText({ ...plan, egress: ['api.test:443'] }), /reaches {6}api\.test:443/);
  });

  it('promises no lock that the engine does not have', () => {
    const text = planText({ ...plan, engine: 'process', access: 'local', lacks: ['egress-lock', 'limits'] });
    assert.doesNotMatch(text, /nothing outside/);
    assert.match(text, /without {6}nothing keeps its code from the network/);
    // As a record of a newer version may say.
    assert.match(planText({ ...plan, lacks: ['moonlight'] }), /without {6}moonlight/);
  });

  it('names who approved the code of a fork', () => {
    assert.match(planText({ ...plan, fork: true, approved_by: 'Ana Reyes' }), /from a fork, approved by Ana Reyes/);
  });

  it('shows titles without what moves a cursor or turns text around', () => {
    assert.doesNotMatch(planText(plan), /[\u001b\u202e]/);
  });

  it('says of a removal that the data goes', () => {
    assert.match(planText({ ...plan, action: 'down', sha: null }), /odoo_ops_acme_pr_12, with all that is in it/);
  });
});
