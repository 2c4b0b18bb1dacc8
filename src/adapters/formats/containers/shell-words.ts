/** A word of a command, and where it stands in the text that was split. */
export interface ShellWord {
  /** Without quotes and backslashes. */
  value: string;
  from: number;
  to: number;
  /** No part of it stands in single quotes, where `$` is only a sign. */
  expands: boolean;
  /** Nothing of it is quoted: what a variable holds would be split again. */
  isPlain: boolean;
}

const OPERATOR = /;;|&&|\|\||[;|&\n]/y;

/** The end of `${…}`, `$(…)` or `${{ … }}`; the text's end where it is not closed. */
function endOfExpansion(text: string, from: number): number {
  const [open = '', close = ''] = text[from + 1] === '(' ? ['(', ')'] : ['{', '}'];
  let depth = 0;
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === open) depth++;
    else if (text[at] === close && --depth === 0) return at + 1;
  }
  return text.length;
}

/**
 * Cuts a command into words as a shell does: quotes, backslashes, `${…}` and `$(…)` in one piece, comments left out.
 * @param isScript `;`, `&&`, `|`, `&` and line ends are words of their own; without, only spaces divide, as in Compose's `command`
 */
export function shellWords(text: string, isScript = true): ShellWord[] {
  const words: ShellWord[] = [];
  let word: ShellWord | undefined;
  const add = (piece: string, from: number, to: number, quoted = false): void => {
    word ??= { value: '', from, to, expands: true, isPlain: true };
    word.value += piece;
    word.to = to;
    if (quoted) word.isPlain = false;
  };
  const settle = (): void => {
    if (word) words.push(word);
    word = undefined;
  };
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    OPERATOR.lastIndex = at;
    const operator = isScript ? OPERATOR.exec(text)?.[0] : undefined;
    if (operator !== undefined) {
      settle();
      words.push({ value: operator === '\n' ? ';' : operator, from: at, to: at + operator.length, expands: false, isPlain: true });
      at += operator.length;
    } else if (/\s/.test(char)) {
      settle();
      at++;
    } else if (char === '#' && !word && isScript) {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (char === '\\') {
      const isContinued = text[at + 1] === '\n' || text.startsWith('\r\n', at + 1);
      const length = isContinued ? (text[at + 1] === '\n' ? 2 : 3) : 2;
      if (!isContinued) add(text[at + 1] ?? '', at, Math.min(at + 2, text.length), true);
      at += length;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      const to = end === -1 ? text.length : end + 1;
      add(text.slice(at + 1, end === -1 ? to : end), at, to, true);
      if (word) word.expands = false;
      at = to;
    } else if (char === '"') {
      const from = at++;
      let value = '';
      while (at < text.length && text[at] !== '"') {
        const isExpansion = text[at] === '$' && /[({]/.test(text[at + 1] ?? '');
        if (isExpansion) {
          const end = endOfExpansion(text, at);
          value += text.slice(at, end);
          at = end;
        } else if (text[at] === '\\' && /["\\$`\n]/.test(text[at + 1] ?? '')) {
          if (text[at + 1] !== '\n') value += text[at + 1] ?? '';
          at += 2;
        } else value += text[at++] ?? '';
      }
      at = Math.min(at + 1, text.length);
      add(value, from, at, true);
    } else if (char === '$' && /[({]/.test(text[at + 1] ?? '')) {
      const end = endOfExpansion(text, at);
      add(text.slice(at, end), at, end);
      at = end;
    } else add(char, at, ++at);
  }
  settle();
  return words;
}
