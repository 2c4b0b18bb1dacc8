import { styleText } from 'node:util';
import type { Paint } from '../core/policy/report/check-text.ts';

/** True where stdout is a terminal and nobody said NO_COLOR. */
export const isColoured = (): boolean => process.stdout.isTTY && process.env['NO_COLOR'] === undefined;

/** Colours for results. */
export const paint: Paint = (colour, text) => (isColoured() ? styleText(colour, text) : text);
