import { plainText } from '../text.ts';

/** The longest row of backticks in a text. */
const longestRow = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([row]) => row.length));

/**
 * Words of a stranger in Markdown that a forge renders. In code nothing is a mention, a link, a reference to an issue or HTML; the row of
 * backticks around it is one that it does not hold.
 */
export function codeSpan(text: string): string {
  const plain = plainText(text).trim();
  if (plain === '') return '(nothing)';
  const row = '`'.repeat(longestRow(plain) + 1);
  const gap = /^`|`$/.test(plain) ? ' ' : '';
  return `${row}${gap}${plain}${gap}${row}`;
}

/** Lines of a stranger as a block of code that none of them can close. */
export function codeBlock(lines: readonly string[]): string {
  const plain = lines.map(plainText);
  const row = '`'.repeat(Math.max(3, ...plain.map((line) => longestRow(line) + 1)));
  return [`${row}text`, ...plain, row].join('\n');
}
