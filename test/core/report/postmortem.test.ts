import assert from 'node:assert/strict';
import type { EvidenceRecord } from '../../../src/core/evidence/record.ts';
import { postmortemText, type PostmortemFacts } from '../../../src/core/report/postmortem.ts';
import { environmentDown, environmentUp, swept } from '../../support/environment-deliveries.ts';
import { sampleRecord } from '../../support/records.ts';
import { deploymentRecord, promotionRecord } from '../../support/report-records.ts';

const step = (name: string, second: number, result: EvidenceRecord['steps'][number]['result'], message: string | null = null) => ({
  name,
  title: `Step ${name}`,
  result,
  started_at: `2026-03-03T14:00:${String(second).padStart(2, '0')}+08:00`,
  duration_ms: result === 'running' ? null : 2500,
  message,
});
const HASH = 'f'.repeat(64);
const failed: EvidenceRecord = {
  ...deploymentRecord({
    number: 3,
    result: 'failed',
    message: 'the command ended with exit code 3',
    steps: [step('lease', 1, 'passed'), step('deploy', 4, 'failed', 'the command ended with exit code 3')],
    commits: [{ sha: 'c'.repeat(40), committed_at: '2026-03-03T10:00:00+08:00' }],
  }),
  hash: HASH,
};
const facts = (record: EvidenceRecord, extra: Partial<PostmortemFacts> = {}): PostmortemFacts => ({
  record,
  folder: 'web/docs/evidence/20260303-1400+0800/deploy-production',
  running: false,
  logs: [{ name: 'act.log', text: '' }],
  missing: [],
  related: [record],
  ...extra,
});
/** Lines of a section, without empty ones. */
const section = (text: string, heading: string): string[] =>
  (text.split(`\n## ${heading}\n`)[1] ?? '')
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line !== '');

describe('a postmortem', () => {
  it('says what was tried, where, by whom, and what it left', () => {
    const text = postmortemText(facts(failed));
    assert.match(text, /^# Postmortem: deployment of aaaaaaaa to production, failed\n/);
    for (const row of [
      '| Result | failed: the command ended with exit code 3 |',
      '| Where | production, https://odoo.example.com |',
      '| Who | Ana, on host |',
      'nobody can say what production runs; none passed since',
      '1 commit, 1 module',
    ])
      assert.ok(text.includes(row), `${row}\n${text}`);
    assert.deepEqual(section(text, 'What changed'), ['- cccccccc Work (Ana)', '- ipai\\_loyalty: changed, 19.0.1.0.0 → 19.0.1.1.0']);
  });

  it('has the steps, the lines of the logs and the health in the order in which they happened', () => {
    const log = '2026-03-03T14:00:05+08:00 docker: Error `x` <b>\n2026-03-03T14:00:06+08:00 fine';
    const record = { ...failed, outcome: deploymentRecord({ health: [{ name: 'http', result: 'failed', duration_ms: 100 }] }).outcome };
    assert.deepEqual(section(postmortemText(facts(record, { logs: [{ name: 'deploy.log', text: log }] })), 'Timeline'), [
      '- 14:00:00 Ana began, on host with odoo-ops 0.1.0',
      '- 14:00:01 ✓ Step lease (2.5 s)',
      '- 14:00:04 ✗ Step deploy (2.5 s): the command ended with exit code 3',
      "- 14:00:05 deploy.log: `docker: Error 'x' <b>`",
      '- 14:01:00 ✗ health, http (0.1 s): http said',
      '- 14:01:00 **failed: the command ended with exit code 3**',
    ]);
  });

  it('names what ran before, the way back, and what followed', () => {
    const earlier = deploymentRecord({ number: 1, started_at: '2026-03-02T09:00:00+08:00' });
    const again = deploymentRecord({ number: 4, result: 'failed', started_at: '2026-03-03T14:10:00+08:00' });
    const mended = deploymentRecord({ number: 5, started_at: '2026-03-03T14:30:00+08:00' });
    const text = postmortemText(facts(failed, { related: [earlier, failed, again, mended] }));
    const before = section(text, 'Before it').join('\n');
    assert.match(before, /the last that passed: 2026-03-02T09:00:00\+08:00 deployment of aaaaaaaa by Ana: passed/);
    assert.match(before, /the way back: a{39}0\n```text\nodoo-ops plan rollback production\nodoo-ops deploy production\n```/);
    assert.equal(section(text, 'After it').length, 2);
    assert.match(text, /the next one passed 30 min later/);
  });

  it('leaves to people what only people know', () => {
    const text = postmortemText(facts(failed));
    for (const heading of ['Causes', 'What went well', 'Actions']) assert.deepEqual(section(text, heading), ['_To be written by people._']);
  });

  it('says what is missing', () => {
    const record = { ...deploymentRecord({ result: 'interrupted', steps: [] }), outcome: null, finished_at: null };
    const text = postmortemText(facts(record, { logs: [], missing: ['deploy.log'] }));
    const lines = section(text, 'What is missing').join('\n');
    for (const words of ['not sealed', 'deploy.log is not in this clone', 'no steps', 'Nobody asked for its health'])
      assert.ok(lines.includes(words), lines);
    assert.match(text, /production was left as it was/);
    assert.doesNotMatch(postmortemText(facts(failed)), /not sealed/);
    assert.match(postmortemText(facts(record, { running: true })), /still running/);
  });

  it('tells of a promotion that a gate refused', () => {
    const record = promotionRecord({
      result: 'refused',
      message: 'tests: exit code 1',
      gates: [{ name: 'tests', result: 'failed', duration_ms: 61_000 }],
    });
    const text = postmortemText(facts({ ...record, hash: HASH }));
    assert.match(text, /^# Postmortem: promotion of main to production, refused/);
    assert.ok(text.includes('✗ gate tests (1 min): tests said'), text);
    assert.match(text, /production stayed at aaaaaaaa/);
  });

  it('tells of a build too, and lets no word of other people be Markdown', () => {
    const record = sampleRecord(1, { result: 'failed', actor: '[Eve](http://evil) <img>', message: '| x | # y', hash: HASH });
    const text = postmortemText(facts(record));
    assert.match(text, /^# Postmortem: build of 01234567, failed/);
    assert.doesNotMatch(text, /\[Eve\]\(|<img>|[^\\]\| x/);
  });

  it('of a PR environment says which commit was to run, and what is left of it', () => {
    const { record } = environmentUp(1, 12, { result: 'failed', message: 'no such field', outcome: { state: 'failed', verdict: 'red' } });
    const text = postmortemText(facts(record));
    assert.match(text, /^# Postmortem: environment pr-12 at 01234567, failed\n/);
    assert.match(text, /\| Where \| pull request 12, Loyalty points, https:\/\/pr-12-points\.dev\.example\.com on docker \|/);
    assert.match(text, /\| Impact \| nothing of pr-12 runs \|/);
    const killed = environmentUp(2, 12, { result: 'interrupted', outcome: null, plan: { replaces_sha: 'd'.repeat(40) } }).record;
    assert.match(postmortemText(facts(killed)), /\| Impact \| pr-12 runs dddddddd, if it was not replaced yet/);
    assert.match(
      postmortemText(facts(environmentDown(3, 12).record)),
      /environment pr-12 taken down, passed[\s\S]*nothing is left of pr-12/,
    );
    assert.match(postmortemText(facts(swept(4, { gone: [12] }).record)), /sweep of PR environments[\s\S]*nothing is left of pr-12/);
  });
});
