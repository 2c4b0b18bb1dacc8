import type { Position } from '../../../core/config/parse.ts';
import type { FileFacts } from '../../../core/policy/facts.ts';

type Move = (position: Position) => Position;

const isPosition = (value: object): value is Position => 'line' in value && 'column' in value;

/** Facts are JSON: whatever is a position in them is moved. */
function moved(value: unknown, move: Move): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, move));
  if (typeof value !== 'object' || value === null) return value;
  if (isPosition(value)) return move(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, moved(item, move)]));
}

/**
 * Facts of a text that stands in another file line by line, only further to the right.
 * @param line of the file on which it begins
 * @param block the text, as its own reader saw it
 */
export function placeBlock(file: string, line: number, block: string, facts: FileFacts): FileFacts {
  const [outer, inner] = [file.split('\n'), block.split('\n')];
  const shift = (at: number): number => {
    const text = (inner[at - 1] ?? '').replace(/\r$/, '');
    return Math.max(0, (outer[line + at - 2] ?? '').indexOf(text));
  };
  return moved(facts, (position) => ({ line: line + position.line - 1, column: position.column + shift(position.line) })) as FileFacts;
}
