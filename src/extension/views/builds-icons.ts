import type { CheckState } from '../../core/environments/overview.ts';
import type { Verdict } from '../../core/pr-environments/plan.ts';
import type { Row } from '../pull-requests/rows.ts';
import { stateOf, type RowState } from '../pull-requests/state.ts';

export type IconName = readonly [name: string, colour?: string];

export const CHECK_ICONS: Readonly<Record<CheckState, IconName>> = {
  success: ['pass', 'testing.iconPassed'],
  failure: ['error', 'testing.iconFailed'],
  pending: ['clock', 'testing.iconQueued'],
  none: ['git-pull-request'],
};

const VERDICT_ICONS: Readonly<Record<Verdict, IconName>> = {
  green: ['vm-running', 'testing.iconPassed'],
  yellow: ['warning', 'problemsWarningIcon.foreground'],
  red: ['error', 'testing.iconFailed'],
};

/** Its build is not in this clone, so nobody here knows a verdict: no colour. */
const UNJUDGED: IconName = ['vm-running'];

const SPINS: IconName = ['sync~spin', 'progressBar.background'];
const STATE_ICONS: Partial<Record<RowState, IconName>> = {
  building: SPINS,
  removing: SPINS,
  waking: SPINS,
  stopping: SPINS,
  waiting: ['watch', 'testing.iconQueued'],
  failed: ['circle-slash', 'testing.iconFailed'],
};

/** How a row's environment is; where there is none, a pull request in the colour of its checks. The editor has no moon: `moon` is our own. */
export function iconNameOf(row: Row): IconName {
  const state = stateOf(row);
  if (state === 'sleeping') return ['moon'];
  if (state === 'running') {
    const verdict = row.environment?.verdict ?? null;
    return verdict === null ? UNJUDGED : VERDICT_ICONS[verdict];
  }
  const known = STATE_ICONS[state];
  if (known) return known;
  const { pull } = row;
  if (!pull) return [row.number === null ? 'git-branch' : 'git-pull-request-closed'];
  const [, colour] = CHECK_ICONS[pull.checks];
  const name = pull.draft ? 'git-pull-request-draft' : 'git-pull-request';
  return colour === undefined ? [name] : [name, colour];
}
