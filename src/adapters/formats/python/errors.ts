import type { Unreadable } from '../../../core/policy/facts.ts';
import { around, type PythonTree } from './tree.ts';

/** Python that the grammar does not know, though it is right: by what stands before and after its complaint. */
const BEFORE = /(?:\byield|\bas|\f|@|\bprint)[ \t]*(?:#.*)?\s*$/;
const AFTER = /^\s*(?:\f|\*\w|$)/;
/** Within these it knows but the common half. */
const DOUBTFUL = [
  'WithStatement',
  'MatchStatement',
  'ComprehensionExpression',
  'ArrayComprehensionExpression',
  'FormatString',
  'TypeDefinition',
];

/** The first place where the text is no Python, where that is sure; the parser reads on behind it. */
export function syntaxErrors({ root, text, at }: PythonTree): Unreadable[] {
  const cursor = root.cursor();
  while (cursor.next()) {
    if (!cursor.type.isError) continue;
    const { from, to } = cursor;
    const isDoubtful = BEFORE.test(text.slice(Math.max(0, from - 200), from)) || AFTER.test(text.slice(from, from + 40));
    const within = around(cursor.node, [...DOUBTFUL, 'Body', 'Script']);
    if (isDoubtful || text.includes('\f') || DOUBTFUL.includes(within?.name ?? '')) return [];
    return [{ message: 'It is no Python: the syntax breaks here.', range: at.range(from, Math.max(to, Math.min(from + 1, text.length))) }];
  }
  return [];
}
