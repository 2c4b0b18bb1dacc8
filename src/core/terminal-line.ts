import { plainText } from './text.ts';

const DIM = '\x1b[2m';
const RESET = '\x1b[0m';
const COLOURS: readonly [RegExp, string][] = [
  [/\b(?:ERROR|CRITICAL)\b|^Traceback\b|^(?:\w+\.)+\w+: |^\w+(?:Error|Exception)\b/, '\x1b[31m'],
  [/\bWARNING\b/, '\x1b[33m'],
  [/\bDEBUG\b/, DIM],
];

/**
 * A line of Odoo's log for a terminal, without its end: coloured by its level, and without what a hostile line would do to a terminal.
 * @param coloured false where it goes to a file or a program, or nobody wants colours
 */
export function terminalLine(line: string, coloured: boolean): string {
  const colour = COLOURS.find(([level]) => level.test(line))?.[1];
  const plain = plainText(line.replace(/\x1b\[[\d;]*m/g, '').replaceAll('\t', '    '));
  return colour === undefined || !coloured ? plain : `${colour}${plain}${RESET}`;
}

/** A word of ours among them. */
export const noteLine = (text: string, coloured: boolean): string =>
  coloured ? `${DIM}— ${plainText(text)}${RESET}` : `— ${plainText(text)}`;
