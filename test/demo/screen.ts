import { styleText } from 'node:util';

const terminal = process.stdout.isTTY;
const colours = terminal && process.env['NO_COLOR'] === undefined;

/** Columns to write in: those of the terminal, within reason; 80 in a pipe. */
export const WIDTH = terminal ? Math.min(Math.max(process.stdout.columns, 60), 100) : 80;

export const paint = (style: Parameters<typeof styleText>[0], text: string): string => (colours ? styleText(style, text) : text);

let passing = false;

/** Shows a line that the next one takes the place of. Nothing where nobody watches. */
export function showPassing(text: string): void {
  if (!terminal) return;
  process.stdout.write(`\r\u001b[K${paint('gray', text.slice(0, WIDTH - 1))}`);
  passing = true;
}

export function say(text = ''): void {
  if (passing) process.stdout.write('\r\u001b[K');
  passing = false;
  process.stdout.write(`${text}\n`);
}

/** Breaks a line at spaces; what follows stands deeper than its beginning. A word that is too long is left whole: people copy it. */
export function wrap(line: string, width: number): string[] {
  // A duration stays in one piece.
  const text = line.replace(/(\d) s\)/g, '$1\u00a0s)');
  const indent = /^\s*(?:[-✓✗?] |\d+\. )?/u.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of text.slice(indent.length).split(' ')) {
    const empty = current.trim() === '' || current === indent;
    if (!empty && current.length + 1 + word.length > width) {
      lines.push(current);
      current = `${' '.repeat(Math.max(Math.min(indent.length + 2, width - word.length), 0))}${word}`;
    } else current += empty ? word : ` ${word}`;
  }
  return [...lines, current].map((part) => part.replaceAll('\u00a0', ' '));
}

/** A table has its columns in place already: it is cut, not broken. */
export const cut = (line: string, width: number): string => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

export function heading(number: number, title: string): void {
  const text = ` ${number} · ${title} `;
  say();
  say(paint('bold', `──${text}${'─'.repeat(Math.max(WIDTH - 2 - text.length, 0))}`));
}

export function remark(text: string): void {
  for (const line of wrap(text, WIDTH - 3)) say(`   ${paint('gray', line.trim())}`);
}

const INSIDE = WIDTH - 5;

/** A line that a command printed, behind its bar. */
export function output(line: string): void {
  const colour = line.startsWith('✓') ? 'green' : /^(?:✗|Refused|error)/.test(line) ? 'red' : line.startsWith('# ') ? 'bold' : null;
  const isTable = /\S {2,}\S/.test(line);
  for (const part of isTable ? [cut(line, INSIDE)] : wrap(line, INSIDE))
    say(`   ${paint('gray', '│')} ${colour ? paint(colour, part) : part}`.trimEnd());
}
