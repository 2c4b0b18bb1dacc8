import type { Word } from '../../../core/policy/facts.ts';
import type { Range } from '../../../core/policy/finding.ts';
import { interpolate } from './interpolate.ts';
import { shellWords } from './shell-words.ts';

/** A text out of a file, that knows where each of its parts stands. */
export interface Placed {
  value: string;
  range: Range;
  /** Where a part of the value stands: the whole range where the file writes it in another way. */
  part: (from: number, to: number) => Range;
}

export interface WordsOptions {
  /** What is known of variables. */
  lookup?: (name: string) => string | undefined;
  /** `$$` is a dollar sign, and `${X}` is filled in before a shell sees it. */
  compose?: boolean;
}

const SHELL = /(?:^|\/)(?:ba|da|a|z)?sh$/;

function expanded({ value, range }: Word, { lookup, compose = false }: WordsOptions, splits: boolean): Word[] {
  const filled = interpolate(value, lookup, compose).value;
  if (filled === value) return [{ value, range }];
  return splits ? filled.split(/\s+/).flatMap((piece) => (piece === '' ? [] : [{ value: piece, range }])) : [{ value: filled, range }];
}

/** The words of one text, as a shell reads it (`isScript`) or as Compose cuts a command. */
export function wordsOf(text: Placed, isScript: boolean, options: WordsOptions = {}): Word[] {
  return shellWords(text.value, isScript).flatMap((word) => {
    const quoted = !word.isPlain && word.to - word.from === word.value.length + 2 ? 1 : 0;
    const placed = { value: word.value, range: text.part(word.from + quoted, word.to - quoted) };
    return word.expands || options.compose === true ? expanded(placed, options, word.isPlain) : [placed];
  });
}

/** A list of words; what follows `sh -c` is a script of its own. */
export function wordsOfList(items: readonly Placed[], options: WordsOptions = {}): Word[] {
  return items.flatMap((item, index) => {
    const isScript = SHELL.test(items[index - 2]?.value ?? '') && /^-[a-z]*c$/.test(items[index - 1]?.value ?? '');
    return isScript ? wordsOf(item, true, options) : expanded({ value: item.value, range: item.range }, options, false);
  });
}

/** One text as Compose takes it: cut at spaces, and what follows `sh -c` once more, as a script. */
export function wordsOfCommand(text: Placed, options: WordsOptions = {}): Word[] {
  const raw = shellWords(text.value, false);
  const items = raw.map(({ value, from, to, isPlain }): Placed => {
    const quoted = !isPlain && to - from === value.length + 2 ? 1 : 0;
    const start = from + quoted;
    return {
      value,
      range: text.part(start, to - quoted),
      part: (a, b) => (to - from === value.length + 2 * quoted ? text.part(start + a, start + b) : text.part(from, to)),
    };
  });
  const isShell = items.some(({ value }, index) => SHELL.test(value) && /^-[a-z]*c$/.test(items[index + 1]?.value ?? ''));
  return isShell ? wordsOfList(items, options) : wordsOf(text, false, options);
}
