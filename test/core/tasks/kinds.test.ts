import assert from 'node:assert/strict';
import { configSchema } from '../../../src/core/config/schema.ts';
import { isDue } from '../../../src/core/tasks/due.ts';
import { kindsOf } from '../../../src/core/tasks/host.ts';
import { keyOf, SCHEDULES, TASK_LIMITS } from '../../../src/core/tasks/kinds.ts';
import { TASK_KINDS } from '../../../src/core/tasks/names.ts';
import { isWorthRetrying, parseTask } from '../../../src/core/tasks/task.ts';
import { isOpsError, OpsError, type ErrorCode } from '../../../src/core/errors.ts';

describe('tasks', () => {
  it('are of a known kind with what it needs, and nothing else', () => {
    assert.deepEqual(parseTask('build', { revision: 'main' }), { kind: 'build', payload: { revision: 'main' } });
    for (const [kind, payload] of [
      ['deploy', {}],
      ['build', {}],
      ['check', { fast: true }],
      ['check', null],
      ['pr-up', {}],
      ['pr-up', { number: 0 }],
      ['pr-up', { number: 1.5 }],
      ['pr-down', { number: 12, approve: 'c0ffee0' }],
      ['sweep', { number: 12 }],
    ] as const)
      assert.throws(
        () => parseTask(kind, payload),
        (error) => isOpsError(error, 'usage') && error.message.includes(`"${kind}"`),
      );
  });

  it('are tried again where another attempt may end otherwise', () => {
    const codes = { unreachable: true, timeout: true, locked: true, refused: false, config: false, usage: false, rejected: false };
    for (const [code, again] of Object.entries(codes)) assert.equal(isWorthRetrying(new OpsError(code as ErrorCode, '')), again, code);
  });

  it('of one pull request are one while they wait, but for an approval, which is for one commit', () => {
    assert.equal(keyOf(parseTask('pr-up', { number: 12 })), 'pr-12');
    assert.equal(keyOf(parseTask('pr-down', { number: 12 })), 'pr-12');
    assert.equal(keyOf(parseTask('pr-up', { number: 12, approve: 'c0ffee0' })), 'pr-12-c0ffee0');
    assert.equal(keyOf(parseTask('build', { revision: 'main' })), null);
  });

  it('of PR environments are done where their database server is named, and nowhere else', () => {
    const config = configSchema.parse({ version: 1 });
    assert.deepEqual(kindsOf(config, {}), ['build', 'check', 'evidence-prune', 'evidence-sync']);
    assert.deepEqual(kindsOf(config, { ODOO_OPS_PR_DATABASE_URL: '' }), kindsOf(config, {}));
    assert.deepEqual(kindsOf(config, { ODOO_OPS_PR_DATABASE_URL: 'postgresql://x' }), TASK_KINDS);
  });

  it('sweep every ten minutes: within the hour of a missed event there are six', () => {
    assert.deepEqual(
      SCHEDULES.filter(({ kind }) => kind === 'sweep').map(({ cron }) => cron),
      ['*/10 * * * *'],
    );
  });

  it('of the schedule are known kinds', () => {
    for (const { kind } of SCHEDULES) assert.ok(TASK_KINDS.includes(kind) && TASK_LIMITS[kind].attempts > 0);
  });

  it('of one hour are due once a day, in any time zone and on days when clocks change', () => {
    const hourly = (day: string) => Array.from({ length: 24 }, (_, hour) => new Date(Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000));
    for (const zone of ['Asia/Manila', 'Asia/Kolkata', 'UTC', 'America/New_York'])
      assert.equal(hourly('2026-07-01').filter((at) => isDue({ hour: 3 }, at, zone)).length, 1, zone);
    // In Berlin 01:59 is followed by 03:00 on the first day, and 02:59 comes twice on the second.
    for (const day of ['2026-03-29', '2026-10-25'])
      assert.equal(hourly(day).filter((at) => isDue({ hour: 3 }, at, 'Europe/Berlin')).length, 1, day);
    assert.ok(isDue({ hour: 3 }, new Date('2026-07-01T19:00:00Z'), 'Asia/Manila'));
    assert.ok(isDue({}, new Date(), 'Asia/Manila'));
  });
});
