export interface NginxWord {
  text: string;
  start: number;
  end: number;
}

/** `name words… ;`, or with a block of others. */
export interface Directive {
  name: string;
  words: NginxWord[];
  start: number;
  /** After the `;`, or after the `{`. */
  end: number;
  block: Directive[] | null;
}

export interface NginxProblem {
  message: string;
  start: number;
  end: number;
}

interface Token extends NginxWord {
  kind: 'word' | '{' | '}' | ';';
}

/** The tokens of nginx (`ngx_conf_read_token`): quotes and `#` count at the start of a word only, `${x}` opens no block. */
function* tokens(text: string): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) at += 1;
    else if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (char === '{' || char === '}' || char === ';') {
      yield { kind: char, text: char, start: at, end: at + 1 };
      at += 1;
    } else {
      const pattern =
        char === '"' ? /"((?:\\[\s\S]|[^"\\])*)"/y : char === "'" ? /'((?:\\[\s\S]|[^'\\])*)'/y : /((?:\\[\s\S]|\$\{|[^\s;{\\]|\\$)+)/y;
      pattern.lastIndex = at;
      const [whole = '', word = ''] = pattern.exec(text) ?? [text.slice(at), text.slice(at + 1)];
      yield { kind: 'word', text: word, start: at, end: at + whole.length };
      at += whole.length;
      // A block of Lua is no nginx: it ends where its braces do.
      if (whole.endsWith('_by_lua_block')) at = afterBraces(text, at);
    }
  }
}

function afterBraces(text: string, from: number): number {
  // Strings and comments of Lua may hold braces.
  const pattern = /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|--[^\n]*|[{}]/g;
  pattern.lastIndex = from;
  let depth = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[0] === '{') depth += 1;
    else if (match[0] === '}' && --depth <= 0) return pattern.lastIndex;
  }
  return text.length;
}

/** The directives of a configuration of nginx, as far as they can be read. */
export function parseNginx(text: string): { directives: Directive[]; problem: NginxProblem | null } {
  const directives: Directive[] = [];
  const open: { block: Directive[]; by: Token }[] = [];
  let block = directives;
  let words: Token[] = [];
  let problem: NginxProblem | null = null;
  const add = (end: number, inner: Directive[] | null): void => {
    const [first, ...rest] = words;
    if (first) block.push({ name: first.text, words: rest, start: first.start, end, block: inner });
    words = [];
  };
  for (const token of tokens(text)) {
    if (token.kind === 'word') {
      const ended = token.text.endsWith('_by_lua_block');
      words.push(token);
      if (ended) add(token.end, null);
    } else if (token.kind === ';') add(token.end, null);
    else if (token.kind === '{') {
      const inner: Directive[] = [];
      add(token.end, inner);
      open.push({ block, by: token });
      block = inner;
    } else {
      if (words.length > 0) problem ??= { message: 'A `;` is missing before this `}`.', start: token.start, end: token.end };
      words = [];
      const outer = open.pop();
      if (!outer) problem ??= { message: 'This `}` closes nothing.', start: token.start, end: token.end };
      else block = outer.block;
    }
  }
  const [unclosed] = open;
  if (unclosed) problem ??= { message: 'This `{` is never closed.', start: unclosed.by.start, end: unclosed.by.end };
  const [first] = words;
  if (first) problem ??= { message: 'This directive does not end: a `;` is missing.', start: first.start, end: first.end };
  return { directives, problem };
}
