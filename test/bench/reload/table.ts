import { median } from '../measure.ts';

export interface Row {
  figure: string;
  plain?: string;
  ours: string;
  factor?: number;
  target?: string;
  met?: boolean;
}

export const round = (value: number, digits = 0): string => value.toFixed(digits);

/** Median and worst of milliseconds, as people say them. */
export function spread(values: readonly number[]): string {
  const seconds = (ms: number): string => (ms < 1000 ? `${round(ms)} ms` : `${round(ms / 1000, 2)} s`);
  return `${seconds(median(values))} (${seconds(Math.max(...values))})`;
}

export interface Target {
  /** Times faster than plain Odoo, median against median. */
  factor?: number;
  /** The median must be under it. */
  belowMs?: number;
}

export function compared(figure: string, plain: readonly number[], ours: readonly number[], target: Target = {}): Row {
  const factor = median(plain) / median(ours);
  const wanted = [
    ...(target.factor === undefined ? [] : [`${target.factor} x`]),
    ...(target.belowMs === undefined ? [] : [`< ${target.belowMs / 1000} s`]),
  ];
  return {
    figure,
    plain: spread(plain),
    ours: spread(ours),
    factor,
    ...(wanted.length > 0 && {
      target: wanted.join(', '),
      met: factor >= (target.factor ?? 0) && median(ours) < (target.belowMs ?? Infinity),
    }),
  };
}

const HEAD = ['', 'odoo-bin --dev=all', 'ours', 'factor', 'target', 'verdict'];

/** Plain text, a line for each figure. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ figure, plain, ours, factor, target, met }) => [
    figure,
    plain ?? '',
    ours,
    factor === undefined ? '' : `${round(factor, 1)} x`,
    target ?? '',
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...lines.map((line) => line[column]!.length)));
  const draw = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return [HEAD, widths.map((width) => '-'.repeat(width)), ...lines].map(draw).join('\n');
}
