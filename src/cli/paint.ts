import { styleText } from 'node:util';
import type { Paint } from '../core/policy/report/check-text.ts';

/** Colours for results, where stdout is a terminal and nobody said NO_COLOR. */
export const paint: Paint = (colour, text) =>
  process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? styleText(colour, text) : text;
