import { count } from '../../text.ts';
import type { Finding } from '../finding.ts';
import type { ProcessCache, ProcessState, Thread } from './python-facts.ts';

type InFile<Fact> = Fact & { file: string };

const finding = (file: string, range: Finding['range'], what: Pick<Finding, 'severity' | 'message' | 'fix'>): Finding => ({
  rule: 'worker-recycling',
  file,
  range,
  paragraph: '§8.1',
  ...what,
});

/** `change(), Model.write() and 2 more` */
function placesOf({ changes }: ProcessState): string {
  const names = [...new Set(changes.map((change) => `${change.function ?? 'a function'} (line ${change.range.start.line})`))];
  const rest = names.length - 2;
  return `${names.slice(0, 2).join(' and ')}${rest > 0 ? ` and ${count(rest, 'other place')}` : ''}`;
}

/** State of the process that code changes while it serves. */
export function stateFindings(states: readonly InFile<ProcessState>[]): Finding[] {
  // One that is only made when it is first needed is made again after a restart.
  return states
    .filter(({ lazy }) => !lazy)
    .map((state) => {
      const isCache = state.answers || /cache|memo/i.test(state.name);
      return finding(state.file, state.range, {
        severity: isCache ? 'warning' : 'error',
        message: `${state.name} lives in the memory of one worker, and is changed while it serves by ${placesOf(state)}.`,
        fix: isCache
          ? 'Keep it with tools.ormcache, which Odoo empties in each worker, or in a table.'
          : 'Keep it in a model (PostgreSQL) or in Redis: each worker has its own, and loses it when it is recycled.',
      });
    });
}

/** Caches that hold what belongs to one request, or that grow without end. */
export function cacheFindings(caches: readonly InFile<ProcessCache>[]): Finding[] {
  return (
    caches
      // One that is small and emptied by its own code lives as long as a transaction.
      .filter(({ takes, bounded, cleared }) => takes !== null && !(bounded && cleared))
      .map((cache) =>
        finding(cache.file, cache.range, {
          severity: cache.bounded ? 'warning' : 'error',
          message: `@${cache.decorator} keeps answers of ${cache.function} by its parameter ${cache.takes ?? ''}, ${
            cache.bounded ? 'and' : 'without a limit, and'
          } no other worker learns when they are out of date.`,
          fix: 'Use @tools.ormcache with plain keys: Odoo empties it in each worker.',
        }),
      )
  );
}

/** Threads that a model, a controller or an import starts: they end with their worker, at any moment. */
export const threadFindings = (threads: readonly InFile<Thread>[]): Finding[] =>
  threads.map((thread) =>
    finding(thread.file, thread.range, {
      severity: 'warning',
      message: `${thread.function ?? 'The import of the module'} starts ${thread.what}: it ends with its worker, whatever it is doing.`,
      fix: 'Give the work to a scheduled action or a job queue, which begin it again.',
    }),
  );
