import assert from 'node:assert/strict';
import { loadTimes, migrationResults } from '../../../src/core/deployment/durations.ts';

const timesOf = (...lines: string[]) => {
  const { read, times } = loadTimes();
  lines.forEach(read);
  return Object.fromEntries(times);
};
const at = '2026-03-02 01:15:07,123 71 INFO staging odoo.modules.loading:';

describe('durations of migrations', () => {
  it("are read out of Odoo's log, with tests and other queries in it, and behind the name of a container", () => {
    assert.deepEqual(
      timesOf(
        `${at} loading 14 modules...`,
        `${at} Module base loaded in 0.32s, 412 queries (+412 other) `,
        `odoo-1  | ${at} Module sale_x loaded in 12.05s (incl. 3.10s test), 90 queries`,
      ),
      { base: 320, sale_x: 12_050 },
    );
  });

  it('are of the longest load, for Odoo loads a module once more after its update', () => {
    assert.deepEqual(timesOf(`${at} Module sale_x loaded in 4.00s, 90 queries`, `${at} Module sale_x loaded in 0.01s, 0 queries`), {
      sale_x: 4000,
    });
  });

  it('are not taken from what only looks like it', () => {
    assert.deepEqual(
      timesOf(
        'Module sale_x loaded in 4.00s, 90 queries',
        `${at} loading sale_x`,
        'Module sale_x loaded in 9.00s, told by a traceback',
        at.replace('odoo.modules.loading', 'odoo.addons.sale_x') + ' Module sale_x loaded in 5.00s, 1 queries',
      ),
      {},
    );
  });

  it('are null where the log gives none', () => {
    const plan = { module: 'sale_x', old_version: '1.0', new_version: '1.1', script: null };
    assert.deepEqual(migrationResults([plan, { ...plan, module: 'other' }], new Map([['sale_x', 320]])), [
      { ...plan, duration_ms: 320 },
      { ...plan, module: 'other', duration_ms: null },
    ]);
  });
});
