export interface CaddyWord {
  text: string;
  start: number;
  end: number;
}

/** A line of a Caddyfile: its words, and the lines of its block. */
export interface CaddyLine {
  words: CaddyWord[];
  /** After the words, or after the `{`. */
  end: number;
  block: CaddyLine[] | null;
}

export interface CaddyProblem {
  message: string;
  start: number;
  end: number;
}

interface Token extends CaddyWord {
  isQuoted: boolean;
  /** The line goes on, unless there was a line feed that no backslash escapes. */
  isFirstOfLine: boolean;
}

const HEREDOC = /<<([A-Za-z0-9_-]+)\r?\n/y;
const QUOTED = /"((?:\\[\s\S]|[^"\\])*)"|`([^`]*)`/y;
const PLAIN = /(?:\\(?!\r?\n)|[^\s\\])+/y;
const at = (pattern: RegExp, text: string, offset: number): RegExpExecArray | null => {
  pattern.lastIndex = offset;
  return pattern.exec(text);
};

/** The tokens of a Caddyfile as Caddy's lexer cuts them (`caddyconfig/caddyfile/lexer.go`). */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  let isFirstOfLine = true;
  const push = (start: number, end: number, word: string, isQuoted: boolean): void => {
    tokens.push({ text: word, start, end, isQuoted, isFirstOfLine });
    isFirstOfLine = false;
    offset = end;
  };
  while (offset < text.length) {
    const char = text[offset] ?? '';
    if (char === '\n') isFirstOfLine = true;
    if (/\s/.test(char)) offset += 1;
    else if (char === '\\' && /\r?\n/y.test(text.slice(offset + 1, offset + 3))) offset = text.indexOf('\n', offset) + 1;
    else if (char === '#') {
      const end = text.indexOf('\n', offset);
      offset = end === -1 ? text.length : end;
    } else {
      const heredoc = at(HEREDOC, text, offset);
      const marker = heredoc?.[1] ?? '';
      const close = heredoc ? text.indexOf(marker, offset + heredoc[0].length) : -1;
      const quoted = at(QUOTED, text, offset);
      if (heredoc && close !== -1) push(offset, close + marker.length, text.slice(offset + heredoc[0].length, close), true);
      else if (quoted) push(offset, offset + quoted[0].length, quoted[1]?.replaceAll('\\"', '"') ?? quoted[2] ?? '', true);
      else {
        const [plain = char] = at(PLAIN, text, offset) ?? [];
        push(offset, offset + plain.length, plain, false);
      }
    }
  }
  return tokens;
}

/** The lines of a Caddyfile with their blocks, as far as they can be read. */
export function parseCaddyfile(text: string): { lines: CaddyLine[]; problem: CaddyProblem | null } {
  const lines: CaddyLine[] = [];
  const outer: { block: CaddyLine[]; by: Token }[] = [];
  let block = lines;
  let line: CaddyLine | null = null;
  let problem: CaddyProblem | null = null;
  for (const token of tokensOf(text)) {
    const is = (brace: string): boolean => token.text === brace && !token.isQuoted;
    // A comma at the end of an address lets the list of addresses go on.
    if (token.isFirstOfLine && !(outer.length === 0 && line?.words.at(-1)?.text.endsWith(','))) line = null;
    if (is('{')) {
      line ??= { words: [], end: token.end, block: null };
      if (!block.includes(line)) block.push(line);
      line.block = [];
      line.end = token.end;
      outer.push({ block, by: token });
      block = line.block;
      line = null;
    } else if (is('}')) {
      const last = outer.pop();
      if (last) block = last.block;
      else problem ??= { message: 'This `}` closes nothing.', start: token.start, end: token.end };
      line = null;
    } else {
      if (line === null) {
        line = { words: [], end: token.end, block: null };
        block.push(line);
      }
      line.words.push(token);
      line.end = token.end;
    }
  }
  const [unclosed] = outer;
  if (unclosed) problem ??= { message: 'This `{` is never closed.', start: unclosed.by.start, end: unclosed.by.end };
  return { lines, problem };
}
