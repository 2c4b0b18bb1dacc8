import assert from 'node:assert/strict';
import { recordText } from '../../../src/core/evidence/text.ts';
import { markdownText } from '../../../src/core/text.ts';
import { environmentDown, environmentUp, swept } from '../../support/environment-deliveries.ts';

const textOf = ({ record, folder }: ReturnType<typeof environmentUp>, plain?: typeof markdownText) => recordText(record, folder, plain);

describe('the record of a PR environment, as text', () => {
  it('says what was built, where, of what, and the proof that it is harmless', () => {
    const text = textOf(environmentUp(1, 12));
    for (const line of [
      '# pr-12: passed',
      '- pull request 12: Loyalty points',
      '- 01234567 of feature/points',
      '- at https://pr-12-points.dev.example.com, on docker',
      '- database odoo_ops_acme_pr_12, a copy of staging',
      '- running, green',
      `- SQL of Odoo: sha256 ${'a'.repeat(64)}`,
      '- 2 questions to its database, 0 problems',
    ])
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
    assert.doesNotMatch(text, /Why it is red|removed/);
  });

  it('says why it is red, who approved a fork, and what nobody neutralises', () => {
    const text = textOf(
      environmentUp(1, 12, {
        plan: { fork: true, approved_by: 'Ana' },
        outcome: {
          verdict: 'red',
          fallback: true,
          lines: ['ERROR odoo.modules.loading: no such field'],
          uncovered: [{ module: 'ipai_pay', reason: 'holds an API key' }],
        },
      }),
    );
    assert.match(text, /of feature\/points, from a fork, approved by Ana\n/);
    assert.match(text, /- running, red, with a database of base alone/);
    assert.match(text, /## Why it is red\n- ERROR odoo\.modules\.loading: no such field\n/);
    assert.match(text, /## Nobody neutralises\n- ipai_pay: holds an API key\n/);
  });

  it('says what was taken away, and of which environments nothing is left', () => {
    assert.match(
      textOf(environmentDown(1, 12)),
      /- environment 12 is taken down: Loyalty points\n[\s\S]*- removed\n\n## 1 thing removed\n- container/,
    );
    const sweep = textOf(swept(2, { gone: [12, 9], kept: [{ kind: 'role', part: 'role', name: 'r', reason: 'It is being built.' }] }));
    assert.match(sweep, /- project acme, open pull requests: #7\n- nothing is left of pr-12, pr-9\n/);
    assert.match(sweep, /## 1 thing left alone\n- role r: It is being built\.\n/);
    assert.match(textOf({ ...swept(2, {}), record: { ...swept(2, {}).record, outcome: null } }), /## 1 thing to take away\n/);
  });

  it('renders nothing of what strangers wrote', () => {
    const evil = '[x](https://evil.example) <img src=x>\u202e';
    const text = textOf(
      environmentUp(1, 12, { plan: { title: evil, branch: evil }, outcome: { verdict: 'red', lines: [evil] } }),
      markdownText,
    );
    assert.doesNotMatch(text, /(?<!\\)\[x(?<!\\)\]\(|(?<!\\)<img|\u202e/);
  });
});
