import type { Blocker } from '../promotion/linear.ts';
import type { Finding } from './finding.ts';

/** §4.2: production's history is staging's. */
export function checkLinearPromotion(blockers: readonly Blocker[]): Finding[] {
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
