import type { Pin, Word } from '../../../core/policy/facts.ts';
import { isKnown } from '../../../core/policy/odoo/same-folder.ts';

/** What an image is pinned by, if by anything; none for one whose name only the machine knows. */
export function imagePin({ value, range }: Word): Pin[] {
  if (value === '' || value === 'scratch' || /^\$|^\{\{/.test(value) || (!isKnown(value) && !/^[\w./-]+[:@$]/.test(value))) return [];
  return [{ what: 'image', reference: value, pinned: /@sha256:[0-9a-f]{64}$/.test(value), range }];
}
