import type { Arg, Env, Instruction, JSONInstruction } from 'dockerfile-ast';
import type { Variable, Word } from '../../../core/policy/facts.ts';
import { interpolate } from './interpolate.ts';
import type { LineIndex } from '../lines.ts';
import { wordsOf, wordsOfList, type Placed } from './words.ts';

type Range = Word['range'];
interface Place {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

/** Theirs count from 0. */
export const rangeOf = ({ start, end }: Place): Range => ({
  start: { line: start.line + 1, column: start.character + 1 },
  end: { line: end.line + 1, column: end.character + 1 },
});

/** What is known of a Dockerfile as it is gone through. */
export interface Build {
  text: string;
  at: LineIndex;
  offset: (place: Place['start']) => number;
  /** Of ARG and ENV so far. */
  known: Map<string, string>;
}

export const filled = ({ known }: Build, text: string) => interpolate(text, (name) => known.get(name), false);

export const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2');

/** The arguments of an instruction as they stand; comments between its lines are blank, so that every offset holds. */
export function argumentsOf({ text, at, offset }: Build, instruction: Instruction): Placed | null {
  const place = instruction.getArgumentsRange();
  if (!place) return null;
  const [from, to] = [offset(place.start), offset(place.end)];
  const value = text.slice(from, to).replace(/(?<=\n)[ \t]*#[^\n]*\n/g, (comment) => ' '.repeat(comment.length));
  return { value, range: at.range(from, to), part: (a, b) => at.range(from + a, from + b) };
}

export function jsonStrings({ text, at, offset }: Build, instruction: JSONInstruction): Placed[] {
  return instruction.getJSONStrings().map((part) => {
    const { start, end } = part.getRange();
    const [from, to] = [offset(start) + 1, offset(end) - 1];
    const raw = text.slice(from, to);
    const value = raw.replace(/\\(["\\/])/g, '$1');
    const whole = at.range(from, to);
    return { value, range: whole, part: (a, b) => (raw === value ? at.range(from + a, from + b) : whole) };
  });
}

/** Both forms: `["odoo", "-c"]`, and a line for a shell. */
export function commandOf(build: Build, instruction: JSONInstruction): Word[] {
  const lookup = (name: string): string | undefined => build.known.get(name);
  const list = jsonStrings(build, instruction);
  // Nobody fills variables into a list.
  if (list.length > 0) return wordsOfList(list).map(({ value, range }) => ({ value, range }));
  const line = argumentsOf(build, instruction);
  return line ? wordsOf(line, true, { lookup }) : [];
}

export function variablesOf(build: Build, instruction: Env | Arg): Variable[] {
  return instruction.getProperties().map((property) => {
    const { value, isKnown, from } = filled(build, property.getValue() ?? '');
    const place = property.getValueRange();
    const range = rangeOf(place ?? property.getNameRange());
    const quote = place && property.getUnescapedValue() !== null && /^["']/.test(build.text.slice(build.offset(place.start))) ? 1 : 0;
    return {
      name: property.getName(),
      value: isKnown ? value : null,
      from,
      range: {
        start: { ...range.start, column: range.start.column + quote },
        end: { ...range.end, column: range.end.column - quote },
      },
    };
  });
}
