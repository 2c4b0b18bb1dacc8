import { sqlTokens, type Token } from './tokens.ts';

/** True for one of the words, not in quotes. */
export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text);

export const isMark = (token: Token | undefined, mark: string): boolean => token?.kind === 'mark' && token.text === mark;

/** True where these words stand one after the other. */
export const wordsAt = (tokens: readonly Token[], at: number, ...words: readonly string[]): boolean =>
  words.every((word, index) => isWord(tokens[at + index], word));

/** True for `copy … from stdin`: rows follow, which are no SQL. */
const bringsRows = (tokens: readonly Token[]): boolean =>
  isWord(tokens[0], 'copy') && tokens.some((token, index) => isWord(token, 'from') && isWord(tokens[index + 1], 'stdin'));

function endOfRows(text: string, from: number, end: number): number {
  const close = /^\\\.[^\n]*$/gm;
  close.lastIndex = from;
  return close.test(text) ? Math.min(close.lastIndex, end) : end;
}

/**
 * The statements of a file, of a body, or of a string: cut at each `;` outside of parentheses, and psql's own commands (`\copy`)
 * at the end of their line.
 */
export function* sqlStatements(text: string, from = 0, end = text.length): Generator<Token[]> {
  let statement: Token[] = [];
  let depth = 0;
  let scan = sqlTokens(text, from, end);
  for (let next = scan.next(); !next.done; next = scan.next()) {
    const token = next.value;
    if (statement.length === 0 && isMark(token, '\\')) {
      const line = text.indexOf('\n', token.to);
      const to = line === -1 || line > end ? end : line;
      yield [...sqlTokens(text, token.to, to)];
      scan = sqlTokens(text, to, end);
    } else if (isMark(token, ';') && depth <= 0) {
      if (statement.length > 0) yield statement;
      if (bringsRows(statement)) scan = sqlTokens(text, endOfRows(text, token.to, end), end);
      [statement, depth] = [[], 0];
    } else {
      if (isMark(token, '(')) depth++;
      else if (isMark(token, ')')) depth--;
      statement.push(token);
    }
  }
  if (statement.length > 0) yield statement;
}
