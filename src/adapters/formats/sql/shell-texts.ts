import type { StringPart } from './strings.ts';

/** What a shell hands to a program: a word in quotes, or a here-document. */
export interface ShellText {
  from: number;
  to: number;
  parts: StringPart[];
}

const HERE = /<<-?[ \t]*(['"]?)([A-Za-z_]\w*)\1/y;
const FILLED = /\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_]\w*|`[^`]*`/g;

/** With what the shell fills in marked as such. */
function filledParts(text: string, from: number, to: number): StringPart[] {
  const parts: StringPart[] = [];
  let end = from;
  for (const match of text.slice(from, to).matchAll(FILLED)) {
    const start = from + match.index;
    parts.push({ from: end, to: start }, { from: start, to: start + match[0].length, filled: true });
    end = start + match[0].length;
  }
  return [...parts, { from: end, to }];
}

function endOfDouble(text: string, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return end;
}

/** The bodies of here-documents whose words stand in the line that ends at `line`. */
function* hereDocuments(
  text: string,
  line: number,
  end: number,
  words: readonly { tag: string; plain: boolean }[],
): Generator<ShellText, number> {
  let from = line + 1;
  for (const { tag, plain } of words) {
    let to = from;
    while (to < end) {
      const next = text.indexOf('\n', to);
      const stop = next === -1 || next > end ? end : next;
      if (text.slice(to, stop).trim() === tag) break;
      to = stop + 1;
    }
    const close = Math.min(to, end);
    yield { from, to: close, parts: plain ? [{ from, to: close }] : filledParts(text, from, close) };
    const after = text.indexOf('\n', close);
    from = after === -1 || after > end ? end : after + 1;
  }
  return from;
}

/** Every text in a shell script between `from` and `end`; comments are none. */
export function* shellTexts(text: string, from = 0, end = text.length): Generator<ShellText> {
  let here: { tag: string; plain: boolean }[] = [];
  for (let at = from; at < end; at++) {
    const char = text[at];
    HERE.lastIndex = at;
    if (char === '\\') at++;
    else if (char === "'") {
      const close = text.indexOf("'", at + 1);
      const to = close === -1 || close > end ? end : close;
      yield { from: at + 1, to, parts: [{ from: at + 1, to }] };
      at = to;
    } else if (char === '"') {
      const to = endOfDouble(text, at + 1, end);
      yield { from: at + 1, to, parts: filledParts(text, at + 1, to) };
      at = to;
    } else if (char === '#' && /\s/.test(text[at - 1] ?? '\n')) {
      const line = text.indexOf('\n', at);
      at = (line === -1 ? end : line) - 1;
    } else if (char === '<' && text[at + 2] !== '<' && HERE.test(text)) {
      const [, quote = '', tag = ''] = /^<<-?[ \t]*(['"]?)(\w+)/.exec(text.slice(at, HERE.lastIndex)) ?? [];
      here.push({ tag, plain: quote !== '' });
      at = HERE.lastIndex - 1;
    } else if (char === '\n' && here.length > 0) {
      at = (yield* hereDocuments(text, at, end, here)) - 1;
      here = [];
    }
  }
}
