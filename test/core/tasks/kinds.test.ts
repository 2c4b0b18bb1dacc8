import assert from 'node:assert/strict';
import { isDue } from '../../../src/core/tasks/due.ts';
import { SCHEDULES, TASK_LIMITS } from '../../../src/core/tasks/kinds.ts';
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
