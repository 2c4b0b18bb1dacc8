import type { Position } from '../../config/parse.ts';
import type { Edit, Finding, Range } from '../finding.ts';

type Change = Pick<Edit, 'range' | 'text'>;
interface Span {
  from: number;
  to: number;
  text: string;
}

const BOM = '\ufeff';

/** Offsets of the lines of a text, and one more past its end. A byte order mark belongs to no column. */
function lineStarts(text: string): number[] {
  const starts = [text.startsWith(BOM) ? 1 : 0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return [...starts, text.length + 1];
}

/** Undefined where the text has no such place: it is not the one that was checked. */
function offsetOf(starts: readonly number[], { line, column }: Position): number | undefined {
  const [start, next] = [starts[line - 1], starts[line]];
  if (start === undefined || next === undefined || column < 1) return undefined;
  const offset = start + column - 1;
  return offset < next ? offset : undefined;
}

/** Two insertions at one place do not overlap: they follow each other. */
const overlap = (a: Span, b: Span): boolean => a.from < b.to && b.from < a.to;
const isSame = (a: Span, b: Span): boolean => a.from === b.from && a.to === b.to && a.text === b.text;

/** New lines end as those of the text do. */
const withLineEnds = (inserted: string, text: string): string =>
  text.includes('\r\n') ? inserted.replace(/\r?\n/g, '\r\n') : inserted.replace(/\r\n/g, '\n');

function spanOf(text: string, starts: readonly number[], { range, text: inserted }: Change): Span | undefined {
  const [from, to] = [offsetOf(starts, range.start), offsetOf(starts, range.end)];
  return from === undefined || to === undefined || to < from ? undefined : { from, to, text: withLineEnds(inserted, text) };
}

/**
 * The text with the edits in it; its line ends and a byte order mark stay.
 * Where two overlap the first one wins; `left` holds the others, and those for places that the text does not have.
 */
export function applyEdits<E extends Change>(text: string, edits: readonly E[]): { text: string; left: E[] } {
  const starts = lineStarts(text);
  const taken: Span[] = [];
  const left: E[] = [];
  for (const edit of edits) {
    const span = spanOf(text, starts, edit);
    if (!span || taken.some((other) => overlap(span, other) && !isSame(span, other))) left.push(edit);
    else if (!taken.some((other) => isSame(span, other))) taken.push(span);
  }
  let done = '';
  let at = 0;
  for (const { from, to, text: inserted } of taken.sort((a, b) => a.from - b.from || a.to - b.to)) {
    done += text.slice(at, from) + inserted;
    at = to;
  }
  return { text: done + text.slice(at), left };
}

/** What stands in a range of a text; nothing where it has no such place. */
export function textIn(text: string, range: Range): string {
  const span = spanOf(text, lineStarts(text), { range, text: '' });
  return span ? text.slice(span.from, span.to) : '';
}

export interface Fixes {
  /** Texts that change, by path. */
  texts: Map<string, string>;
  fixed: Finding[];
  /** They can be mended so too, but not at once with the others. */
  left: Finding[];
}

/**
 * What the files hold when the findings that have edits are mended, each wholly or not at all.
 * @param texts of the files that the edits are about, as they were checked
 */
export function fixFindings(findings: readonly Finding[], texts: ReadonlyMap<string, string>): Fixes {
  const taken = new Map<string, readonly Edit[]>();
  const fixed: Finding[] = [];
  const left: Finding[] = [];
  for (const finding of findings.filter(({ edits }) => edits !== undefined && edits.length > 0)) {
    const files = [...new Set((finding.edits ?? []).map(({ file }) => file))];
    const joined = files.map(
      (file) => [file, [...(taken.get(file) ?? []), ...(finding.edits ?? []).filter((edit) => edit.file === file)]] as const,
    );
    const fits = joined.every(([file, edits]) => {
      const text = texts.get(file);
      return text !== undefined && applyEdits(text, edits).left.length === 0;
    });
    (fits ? fixed : left).push(finding);
    if (fits) for (const [file, edits] of joined) taken.set(file, edits);
  }
  const changed = [...taken].map(([file, edits]) => [file, applyEdits(texts.get(file) ?? '', edits).text] as const);
  return { texts: new Map(changed.filter(([file, text]) => text !== texts.get(file))), fixed, left };
}
