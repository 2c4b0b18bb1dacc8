import assert from 'node:assert/strict';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { detailsText, type ActDetails } from '../../../src/core/control-plane/act-details.ts';
import { actBy, actLasted, actTitle } from '../../../src/core/control-plane/act-text.ts';
import { byDay } from '../../../src/core/control-plane/days.ts';
import { deliveryLines } from '../../../src/core/control-plane/delivery-text.ts';
import { ACTS } from '../../../src/core/control-plane/filter.ts';
import { environmentChanges } from '../../../src/core/control-plane/environment-changes.ts';
import { environmentLivesOf } from '../../../src/core/control-plane/environment-lives.ts';
import { filterText } from '../../../src/core/control-plane/filter-text.ts';
import { activityOf } from '../../../src/core/control-plane/rows.ts';
import { waitingText } from '../../../src/core/environments/overview.ts';
import { markdownText } from '../../../src/core/text.ts';
import { delivery, deployment, promotion } from '../../support/deliveries.ts';
import { environmentDown, environmentUp } from '../../support/environment-deliveries.ts';

const actOf = ({ record, folder }: ReturnType<typeof delivery>) => activityOf(record, folder);

describe('acts in words', () => {
  it('are named by what they were about', () => {
    const title = (act: string, topic: string, environment: string | null = null, sha: string | null = null) =>
      actTitle({ act, topic, environment, sha });
    assert.equal(title('promotion', 'promote-main-to-production'), 'main → production');
    assert.equal(title('promotion', 'promote-feature-go-to-market-to-main'), 'feature-go-to-market → main');
    assert.equal(title('build', 'build-main'), 'Build main');
    assert.equal(title('deployment', 'deploy-staging', 'staging'), 'Deploy staging');
    assert.equal(title('prune', 'prune'), 'Prune old evidence');
    assert.equal(title('pr-environment', 'pr-12', 'pr-12', 'c0ffee'), 'PR 12 up');
    assert.equal(title('pr-environment', 'pr-12', 'pr-12'), 'PR 12 down');
    assert.equal(title('sweep', 'sweep'), 'Sweep PR environments');
    assert.equal(title('snapshot', 'keep-a-copy'), 'Keep a copy'); // of a newer program
    assert.equal(title('build', 'build-\u001b[2J\u202e'), 'Build  [2J ');
  });

  it('say how long they took, by whom, without the address', () => {
    const times = (started_at: string, finished_at: string) => actLasted({ started_at, finished_at });
    assert.equal(times('2026-01-01T08:00:00+08:00', '2026-01-01T00:03:00Z'), '3 min');
    assert.equal(times('2026-01-01T08:00:00+08:00', '2026-01-01T08:00:00+08:00'), 'under 1 s');
    assert.equal(times('2026-01-01T08:00:09+08:00', '2026-01-01T08:00:00+08:00'), 'under 1 s'); // a clock that was set back
    assert.deepEqual(
      ['Ana Reyes <ana@example.com>', 'ci', ''].map((actor) => actBy({ actor })),
      ['Ana Reyes', 'ci', ''],
    );
  });

  it('stand under the day on which they ended in the zone of the evidence', () => {
    const at = (number: number, finished_at: string) => ({ ...actOf(delivery(number)), finished_at });
    const items = [at(1, '2026-03-04T00:30:00+08:00'), at(2, '2026-03-03T16:00:00Z'), at(3, '2026-03-03T15:59:59Z')];
    assert.deepEqual(
      byDay(items, 'Asia/Manila').map(({ day, items: found }) => [day, found.length]),
      [
        ['2026-03-04', 2],
        ['2026-03-03', 1],
      ],
    );
    assert.deepEqual(
      byDay(items, 'UTC').map(({ day }) => day),
      ['2026-03-03'],
    );
    assert.deepEqual(byDay([], 'UTC'), []);
  });

  it('as a document hold nothing that an editor would render', () => {
    const act = { ...actOf(promotion(1, 'production')), actor: '[Ana](https://evil.example)', error: '<img src=x>' };
    const text = detailsText({ act, promotion: null, deployment: null, build: null, environment: null }, 'Asia/Manila', markdownText);
    assert.match(text, /^# Promote production: passed\n/);
    assert.ok(text.includes('\\[Ana\\](https://evil.example)') && text.includes('\\<img src=x\\>'));
    assert.match(text, /## 1 module\n- ipai\\_loyalty/);
    assert.match(
      detailsText({ act: actOf(deployment(1, 'staging')), promotion: null, deployment: null, build: null, environment: null }, 'UTC'),
      /^# Deploy staging: passed\n/,
    );
  });

  it('of a PR environment say where it stands, and why it is red', () => {
    const up = environmentUp(1, 12, { outcome: { verdict: 'red', lines: ['ERROR <b>'] } });
    const details = (one: typeof up): ActDetails => ({
      ...{ act: actOf(one), promotion: null, deployment: null, build: null },
      environment: environmentLivesOf(environmentChanges(one.record, 'acme', sha256))[0] ?? null,
    });
    const text = detailsText(details(up), 'UTC', markdownText);
    for (const line of ['# PR 12 up: passed', '- pull request 12: Loyalty points', '- running, red, on docker', '- ERROR \\<b\\>'])
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
    assert.match(text, /\n- at https:\/\/pr-12-points\.dev\.example\.com\n/);
    const down = detailsText(details(environmentDown(2, 12)), 'UTC');
    assert.match(down, /^# PR 12 down: passed\n[\s\S]*\n- removed, on docker\n/);
    assert.doesNotMatch(down, /https:|log says/);
  });
});

describe('what the view says', () => {
  it('of its filter', () => {
    assert.equal(filterText({}), '');
    assert.equal(
      filterText({ environment: 'production', act: 'promotion', result: 'failed', module: 'sale' }),
      'production · promotions · failed · sale',
    );
    for (const act of ACTS) assert.notEqual(filterText({ act }), act);
  });

  it('of records that wait', () => {
    const say = (waiting: number, reasons: string[] = [], ciDelivers = false) =>
      waitingText({ controlPlane: 'reachable', waiting, ciDelivers, setAside: reasons.map((reason) => ({ id: 'x', reason })) });
    assert.equal(say(0), '');
    assert.equal(say(1), '1 record waits for the control plane.');
    assert.equal(say(3), '3 records wait for the control plane.');
    assert.equal(say(2, ['no such column']), '2 records wait for the control plane. 1 record was set aside: no such column');
    assert.match(say(2, [], true), /^2 records wait for CI/);
    assert.equal(waitingText({ controlPlane: 'none', waiting: 3, ciDelivers: false, setAside: [] }), '');
  });

  it('and the command line of a delivery', () => {
    const report = { controlPlane: true, delivered: 2, waiting: 1, setAside: [] };
    assert.deepEqual(deliveryLines(report), ['delivered 2, 1 waits']);
    assert.deepEqual(deliveryLines({ ...report, controlPlane: false, waiting: 3 }), ['no control plane; 3 wait']);
    assert.deepEqual(deliveryLines({ ...report, setAside: [{ id: '3f2a91c0-0000', reason: 'no\u001b[2J' }] }).slice(1, 2), [
      '! 3f2a91c0: no [2J',
    ]);
  });
});
