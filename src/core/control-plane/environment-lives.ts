import type { EnvironmentChange, EnvironmentRow } from './environment-changes.ts';
import { environmentRow } from './environment-questions.ts';
import { compareTimes } from './time-order.ts';

const RANKS: Readonly<Record<string, number>> = { requested: 0, building: 0, removing: 0, removed: 2 };
type Told = Pick<EnvironmentRow, 'updated_at' | 'state' | 'evidence_id'>;

/** Above zero where `a` is the later word: by its time; of one second the end of an act counts more than its course. */
function compareWords(a: Told, b: Told): number {
  const time = compareTimes(a.updated_at, b.updated_at);
  if (time !== 0) return time;
  const key = ({ state, evidence_id }: Told) => `${RANKS[state] ?? 1} ${evidence_id ?? ''} ${state}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

const NOTHING = { title: null, branch: null, host: null, url: null, engine: null, sha: null, verdict: null, lines: [], expires_at: null };

const endedAt = ({ state, updated_at }: EnvironmentChange): string | null => (state === 'removed' ? updated_at : null);

/**
 * What `ops.tell_pull_request_environment` makes of the same words, for teams without a control plane: rows of the environments' lives.
 * In whatever order they are told, the last word by its time holds.
 */
export function environmentLivesOf(changes: readonly EnvironmentChange[]): EnvironmentRow[] {
  const lives: EnvironmentRow[] = [];
  for (const change of changes) {
    const known = lives
      .filter(({ number }) => number === change.number)
      .reduce<EnvironmentRow | undefined>((last, life) => (!last || compareWords(life, last) > 0 ? life : last), undefined);
    if (known && compareWords(change, known) <= 0) continue;
    if (known?.removed_at !== null) {
      // A life begins with an act. A host that says of one that it sleeps may be late.
      if (change.evidence_id !== null && !lives.some(({ id }) => id === change.id)) {
        lives.push(environmentRow.parse({ ...NOTHING, ...change, created_at: change.updated_at, removed_at: endedAt(change) }));
      }
      continue;
    }
    Object.assign(known, environmentRow.parse({ ...known, ...change, id: known.id, removed_at: endedAt(change) }));
  }
  return lives;
}
