import assert from 'node:assert/strict';
import { evaluate, type EvaluateOptions } from '../../../src/core/policy/evaluate.ts';
import type { Finding } from '../../../src/core/policy/finding.ts';
import type { Answer, RuleDefinition } from '../../../src/core/policy/rule.ts';
import { repositoryFacts } from '../../support/policy-facts.ts';

const at = (line: number, column = 1) => ({ start: { line, column }, end: { line, column: column + 1 } });
const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: 'cron-limits',
  severity: 'error',
  file: 'odoo.conf',
  range: at(2),
  message: 'm',
  fix: 'f',
  paragraph: '§8.2',
  ...over,
});
const rule = (name: RuleDefinition['name'], answer: Answer): RuleDefinition => ({
  name,
  title: `Title of ${name}`,
  paragraph: '§8',
  check: () => answer,
});
const options: EvaluateOptions = {
  rules: ['cron-limits', 'linear-promotion'],
  today: '2026-11-25',
  suppressionRanges: [at(4, 7), at(8, 7)],
};
const suppression = (of: string, file: string) =>
  `    - { rule: ${of}, file: ${file}, reason: Known and mended in June, until: 2026-12-31 }\n`;
const run = async (found: Finding[], over: Partial<EvaluateOptions> = {}, suppressions = '') => {
  const configuration = suppressions === '' ? '' : `policy:\n  suppressions:\n${suppressions}`;
  const definitions = [
    rule('cron-limits', { looked_at: '2 Odoos', findings: found }),
    rule('linear-promotion', { not_applicable: 'There is no remote.' }),
    rule('no-secrets', { looked_at: '1 file', findings: [finding({ rule: 'no-secrets' })] }),
  ];
  return evaluate(definitions, await repositoryFacts([], { 'odoo.conf': '', 'a.md': '' }, { configuration }), { ...options, ...over });
};

describe('the answer of a check', () => {
  it('tells of each rule that is asked for what became of it', async () => {
    const outcomes = async (found: Finding[]) => (await run(found)).outcomes.map(({ rule: name, result, why }) => [name, result, why]);
    const idle = ['linear-promotion', 'not-applicable', 'There is no remote.'];
    assert.deepEqual(await outcomes([]), [['cron-limits', 'passed', '2 Odoos'], idle]);
    assert.deepEqual(await outcomes([finding({ severity: 'warning' })]), [['cron-limits', 'warned', '1 warning in 2 Odoos'], idle]);
    assert.deepEqual(await outcomes([finding(), finding({ range: at(9) })]), [['cron-limits', 'failed', '2 errors in 2 Odoos'], idle]);
  });

  it('orders findings by file and place, those of the repository first, and tells none twice', async () => {
    const found = [finding({ range: at(10) }), finding(), finding(), finding({ file: 'a.md' }), finding({ file: null, range: null })];
    assert.deepEqual(
      (await run(found)).findings.map(({ file, range }) => [file, range?.start.line]),
      [
        [null, undefined],
        ['a.md', 2],
        ['odoo.conf', 2],
        ['odoo.conf', 10],
      ],
    );
  });

  it('keeps to a stage, and to what is about all of them', async () => {
    const found = [finding({ stage: 'staging' }), finding({ stage: 'production', range: at(3) }), finding({ range: at(4) })];
    assert.deepEqual(
      (await run(found, { stage: 'staging' })).findings.map(({ range }) => range?.start.line),
      [2, 4],
    );
  });

  it('keeps to some files, suppressed findings too, and to what is about none', async () => {
    const found = [finding(), finding({ file: 'a.md' }), finding({ file: null, range: null }), finding({ file: 'b.md' })];
    const { findings, suppressed } = await run(found, { only: new Set(['a.md']) }, suppression('cron-limits', 'odoo.conf'));
    assert.deepEqual([findings.map(({ file }) => file), suppressed], [[null, 'a.md'], []]);
  });

  it('passes a rule whose findings are all suppressed', async () => {
    const { outcomes, findings, suppressed } = await run([finding()], {}, suppression('cron-limits', 'odoo.conf'));
    assert.deepEqual([outcomes[0]?.result, findings, suppressed.length], ['passed', [], 1]);
  });

  it('says nothing of a suppression for a rule that does not apply, or that nobody asked for', async () =>
    assert.deepEqual((await run([], {}, suppression('linear-promotion', 'x') + suppression('no-secrets', 'x'))).findings, []));
});
