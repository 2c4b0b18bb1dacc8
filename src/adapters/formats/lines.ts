import type { Position } from '../../core/config/parse.ts';
import type { Range } from '../../core/policy/finding.ts';

export interface LineIndex {
  position: (offset: number) => Position;
  /** @param from offset of the first character @param to offset after the last one */
  range: (from: number, to: number) => Range;
}

/** Where offsets of a text stand, found by halves: a file with a thousand findings is not counted through a thousand times. */
export function lineIndex(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const position = (offset: number): Position => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
  return { position, range: (from, to) => ({ start: position(from), end: position(to) }) };
}
