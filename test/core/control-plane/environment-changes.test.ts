import assert from 'node:assert/strict';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { environmentChanges, environmentCourse, hostNews } from '../../../src/core/control-plane/environment-changes.ts';
import { environmentLivesOf } from '../../../src/core/control-plane/environment-lives.ts';
import type { EvidenceRecord } from '../../../src/core/evidence/record.ts';
import { SHA } from '../../support/deliveries.ts';
import { environmentDown, environmentPlan, environmentUp, swept } from '../../support/environment-deliveries.ts';
import { sampleRecord } from '../../support/records.ts';

const OLD = 'd'.repeat(40);
const step = (name: string, started_at: string, duration_ms: number | null): EvidenceRecord['steps'][number] => ({
  name,
  title: name,
  result: duration_ms === null ? 'running' : 'passed',
  started_at,
  duration_ms,
  message: null,
});
const changesOf = ({ record }: ReturnType<typeof environmentUp>) => environmentChanges(record, 'acme', sha256);
/** What a list would show. */
const shown = (...all: ReturnType<typeof environmentUp>[]) =>
  environmentLivesOf(all.flatMap(changesOf)).map(({ state, verdict, sha, message }) => ({ state, verdict, sha, message }));

describe('what a record says of PR environments', () => {
  it('is nothing where the act was about something else', () => {
    assert.deepEqual(environmentChanges(sampleRecord(1), 'acme', sha256), []);
    assert.deepEqual(changesOf({ ...swept(1, {}), record: { ...swept(1, { gone: [1] }).record, outcome: null } }), []);
  });

  it('is where it stands, and why where not all is well', () => {
    assert.deepEqual(shown(environmentUp(1, 12, { message: 'https://…' })), [
      { state: 'running', verdict: 'green', sha: SHA, message: null },
    ]);
    const red = environmentUp(1, 12, { outcome: { verdict: 'red', lines: ['ERROR a', 'ERROR b'] } });
    assert.deepEqual(shown(red), [{ state: 'running', verdict: 'red', sha: SHA, message: 'ERROR a' }]);
    assert.deepEqual(shown(environmentUp(1, 12, { outcome: { state: 'waiting' } })), [
      { state: 'waiting', verdict: 'green', sha: SHA, message: null },
    ]);
  });

  it('is that nothing of it runs where the act came to nothing, unless it had touched nothing of what ran before', () => {
    const none = { outcome: null, result: 'failed', message: 'no such image' } as const;
    assert.deepEqual(shown(environmentUp(1, 12, none)), [{ state: 'failed', verdict: 'red', sha: SHA, message: 'no such image' }]);
    const plan = { replaces_sha: OLD };
    const steps = [step('pull-request', '2026-01-01T08:00:00+08:00', 10), step('code', '2026-01-01T08:00:01+08:00', 10)];
    const before = environmentUp(1, 12, { plan: { sha: OLD } });
    assert.deepEqual(shown(before, environmentUp(2, 12, { ...none, plan, steps })), [
      { state: 'running', verdict: 'green', sha: OLD, message: 'no such image' },
    ]);
    const replaced = [...steps, step('replace', '2026-01-01T08:00:02+08:00', null)];
    assert.deepEqual(shown(before, environmentUp(2, 12, { ...none, plan, steps: replaced })), [
      { state: 'failed', verdict: 'red', sha: SHA, message: 'no such image' },
    ]);
  });

  it('of one that others settled is of the time when it was seen last, so that it hides nothing that came after', () => {
    const killed = environmentUp(1, 12, {
      result: 'interrupted',
      outcome: null,
      started_at: '2026-01-01T08:00:00+08:00',
      finished_at: '2026-01-09T08:00:00+08:00',
      steps: [step('code', '2026-01-01T08:00:01+08:00', 2500), step('replace', '2026-01-01T08:00:04+08:00', null)],
    });
    assert.deepEqual(
      changesOf(killed).map(({ updated_at }) => updated_at),
      ['2026-01-01T00:00:04.000Z'],
    );
    const later = environmentUp(2, 12, { started_at: '2026-01-02T08:00:00+08:00', finished_at: '2026-01-02T08:00:30+08:00' });
    assert.deepEqual(shown(later, killed), [{ state: 'running', verdict: 'green', sha: SHA, message: null }]);
  });

  it('is the end of it after `down` and after a sweep, and not where something could not be taken away', () => {
    assert.deepEqual(shown(environmentUp(1, 12), environmentDown(2, 12)), [
      { state: 'removed', verdict: 'green', sha: SHA, message: null },
    ]);
    const left = environmentDown(2, 12, { result: 'failed', message: 'volume x is in use', outcome: null });
    assert.deepEqual(
      shown(environmentUp(1, 12), left).map(({ state, message }) => [state, message]),
      [['failed', 'volume x is in use']],
    );
    assert.deepEqual(
      shown(environmentUp(1, 12), environmentUp(2, 13), swept(3, { gone: [12] })).map(({ state }) => state),
      ['removed', 'running'],
    );
  });

  it('while it runs is what it is at, with the commit that is to come', () => {
    const { record } = environmentUp(2, 12);
    const course = environmentCourse(record, environmentPlan(12, { sha: OLD }), 'acme');
    assert.deepEqual([course.state, course.sha, course.updated_at], ['building', OLD, record.started_at]);
    const removing = environmentCourse(record, environmentPlan(12, { action: 'down', sha: null, branch: '', title: '' }), 'acme');
    assert.deepEqual(Object.keys(removing).sort(), [
      'client_id',
      'engine',
      'evidence_id',
      'id',
      'message',
      'number',
      'state',
      'updated_at',
    ]);
  });
});

describe('what a look at the host adds', () => {
  const rows = (...all: ReturnType<typeof environmentUp>[]) => environmentLivesOf(all.flatMap(changesOf));
  const at = '2026-02-01T00:00:00Z';
  const news = (facts: Partial<Parameters<typeof hostNews>[1]>, ...all: ReturnType<typeof environmentUp>[]) =>
    hostNews(rows(...all), { here: new Map(), open: new Set(), at, ...facts }).map(({ number, state }) => `${number} ${state}`);

  it('is that one sleeps, was woken, or is gone with its pull request', () => {
    const [one, two] = [environmentUp(1, 12), environmentUp(2, 13, { outcome: { state: 'waiting' } })];
    assert.deepEqual(
      news(
        {
          here: new Map([
            [12, 'sleeping'],
            [13, 'running'],
          ]),
        },
        one,
        two,
      ),
      ['12 sleeping', '13 running'],
    );
    assert.deepEqual(
      news(
        {
          here: new Map([
            [12, 'running'],
            [13, 'sleeping'],
          ]),
        },
        one,
        two,
      ),
      [],
    );
    assert.deepEqual(news({ open: new Set([12]) }, one, two), ['13 removed']);
    assert.deepEqual(
      news(
        {
          here: new Map([
            [12, 'parts'],
            [13, 'parts'],
          ]),
        },
        one,
        two,
      ),
      [],
    );
  });

  it('is nothing where something newer was told meanwhile', () => {
    assert.deepEqual(news({ at: '2025-12-31T00:00:00Z' }, environmentUp(1, 12)), []);
  });
});
