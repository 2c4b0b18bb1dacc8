/** A word of SQL, and where it stands. */
export interface Token {
  /** `body` is what stands between dollar quotes; `hole` is where a program fills something in. */
  kind: 'word' | 'quoted' | 'string' | 'body' | 'number' | 'hole' | 'mark';
  /** A word in small letters, a quoted name as it is, a string without its quotes, one mark. */
  text: string;
  /** Offsets with the quotes. */
  from: number;
  to: number;
}

/** Stands in a text wherever a program puts a value of its own. */
export const HOLE = '\u0001';

const COMMENT = /\/\*|\*\//g;

/** PostgreSQL's comments may hold comments. */
function endOfComment(text: string, from: number, end: number): number {
  COMMENT.lastIndex = from;
  for (let depth = 0, match = COMMENT.exec(text); match; match = COMMENT.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return Math.min(COMMENT.lastIndex, end);
  }
  return end;
}

/** The end of what stands in quotes; a doubled quote does not end it, and with `escapes` neither does one after a backslash. */
function endOfQuotes(text: string, from: number, end: number, quote: string, escapes: boolean): number {
  for (let at = from; at < end; at++) {
    const char = text[at];
    if (escapes && char === '\\') at++;
    else if (char === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return end;
}

const SPACE = /\s+/y;
const NUMBER = /(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?)/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const HOLES = new RegExp(`${HOLE}+`, 'y');

const matchAt = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
};

/**
 * The words of SQL as PostgreSQL's own scanner cuts them (`scan.l`). What is never closed goes to the end.
 * @param from offset at which to begin; `end` the first one that does not belong
 */
export function* sqlTokens(text: string, from = 0, end = text.length): Generator<Token> {
  let at = from;
  const token = (kind: Token['kind'], to: number, value: string): Token => {
    const start = at;
    at = Math.min(to, end);
    return { kind, text: value, from: start, to: at };
  };
  while (at < end) {
    const char = text[at] ?? '';
    const next = text[at + 1];
    let to: number;
    if ((to = matchAt(SPACE, text, at)) > 0) at = to;
    else if (char === '-' && next === '-') {
      const line = text.indexOf('\n', at);
      at = line === -1 ? end : line;
    } else if (char === '/' && next === '*') at = endOfComment(text, at, end);
    else if (char === "'") {
      to = endOfQuotes(text, at + 1, end, "'", false);
      yield token('string', to, text.slice(at + 1, to - 1));
    } else if ((char === 'e' || char === 'E') && next === "'") {
      to = endOfQuotes(text, at + 2, end, "'", true);
      yield token('string', to, text.slice(at + 2, to - 1));
    } else if (char === '"') {
      to = endOfQuotes(text, at + 1, end, '"', false);
      yield token('quoted', to, text.slice(at + 1, to - 1).replaceAll('""', '"'));
    } else if (char === '$' && (to = matchAt(DOLLAR, text, at)) > 0) {
      const tag = text.slice(at, to);
      const close = text.indexOf(tag, to);
      const closed = close !== -1 && close < end;
      yield token('body', closed ? close + tag.length : end, tag);
    } else if ((to = matchAt(WORD, text, at)) > 0) yield token('word', to, text.slice(at, Math.min(to, end)).toLowerCase());
    else if ((to = matchAt(NUMBER, text, at)) > 0) yield token('number', to, text.slice(at, to));
    else if (char === HOLE) yield token('hole', matchAt(HOLES, text, at), HOLE);
    else yield token('mark', at + 1, char);
  }
}

/** Offsets of what stands in a body or a string, without its quotes. */
export function inside({ kind, text, from, to }: Token): [from: number, to: number] {
  if (kind === 'string') return [to - 1 - text.length, to - 1];
  return [from + text.length, Math.max(to - text.length, from + text.length)];
}
