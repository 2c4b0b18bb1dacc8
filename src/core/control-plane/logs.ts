import { storableText } from './storable.ts';
import type { RowOf } from './tables.ts';

/** Characters of a part; the table takes 1 MiB, and a character is up to four bytes. */
const PART = 200_000;
/** Characters of a log that the control plane keeps, half from its beginning and half from its end: why it failed stands at the end. */
export const LOG_LIMIT = 4_000_000;

/** Without its middle where it is longer than the control plane keeps. */
function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  const head = text.slice(0, half).replace(/[^\n]*$/, '');
  const tail = text.slice(-half).replace(/^[^\n]*\n/, '');
  const missing = text.length - head.length - tail.length;
  return `${head}… ${missing} characters are left out here; the evidence folder has them …\n${tail}`;
}

/** Parts of whole lines; a line that is longer than a part is cut. */
function* parts(text: string, size: number): Generator<string> {
  for (let start = 0; start < text.length;) {
    const newline = text.lastIndexOf('\n', start + size - 1);
    const whole = start + size >= text.length ? text.length : newline >= start ? newline + 1 : start + size;
    // Never between the halves of a character.
    const end = whole < text.length && /[\ud800-\udbff]/.test(text.charAt(whole - 1)) && whole - 1 > start ? whole - 1 : whole;
    yield text.slice(start, end);
    start = end;
  }
}

/**
 * A log file as rows: in parts, so that it goes and comes in pieces that every proxy lets through.
 * @param name from `logs/`
 */
export function logRows(
  client_id: string,
  evidence_id: string,
  name: string,
  text: string,
  { size = PART, limit = LOG_LIMIT } = {},
): RowOf<'logs'>[] {
  return [...parts(shortened(text, limit), size)].map((content, part) => ({
    client_id,
    evidence_id,
    name,
    part,
    content: storableText(content),
  }));
}
