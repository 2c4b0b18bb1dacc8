import type { Blocker } from '../promotion/linear.ts';
import type { Finding } from './finding.ts';
import type { RuleDefinition } from './rule.ts';

/** One finding a blocker: history has no file. */
function checkLinearPromotion(blockers: readonly Blocker[]): Finding[] {
  return blockers.map(({ message, hint }) => ({
    rule: 'linear-promotion',
    severity: 'error',
    file: null,
    range: null,
    message,
    fix: hint,
    paragraph: '§4.2',
  }));
}

/** §4.2: production's history is staging's. */
export const linearPromotion: RuleDefinition = {
  name: 'linear-promotion',
  title: 'Production runs what staging ran, and nothing else',
  paragraph: '§4.2',
  check: ({ blockers, config: { branches } }) => {
    if ('unknown' in blockers) return { not_applicable: blockers.unknown };
    return { looked_at: `the history of ${branches.production} and ${branches.staging}`, findings: checkLinearPromotion(blockers) };
  },
};
