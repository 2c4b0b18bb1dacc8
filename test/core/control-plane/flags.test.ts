import assert from 'node:assert/strict';
import { currentFlags, isEnabled, type FeatureFlag } from '../../../src/core/control-plane/flags.ts';

const flag = (name: string, environment: string, enabled: boolean, day: number): FeatureFlag => ({
  name,
  environment,
  enabled,
  reason: 'because',
  actor: 'Ana',
  changed_at: `2026-01-0${day}T00:00:00+00:00`,
});

describe('feature flags', () => {
  const changes = [
    flag('b', '*', false, 5),
    flag('a', 'staging', true, 4),
    flag('a', '*', false, 3),
    flag('b', '*', true, 2),
    flag('a', 'staging', false, 1),
  ];
  const flags = currentFlags(changes);

  it('are what the newest change of each place says', () => {
    assert.deepEqual(
      flags.map(({ name, environment, enabled }) => [name, environment, enabled]),
      [
        ['a', '*', false],
        ['a', 'staging', true],
        ['b', '*', false],
      ],
    );
  });

  it('hold everywhere where a place has none of its own, and are off where nobody set them', () => {
    assert.deepEqual(
      [isEnabled(flags, 'a', 'staging'), isEnabled(flags, 'a', 'production'), isEnabled(flags, 'c', 'staging')],
      [true, false, false],
    );
  });
});
