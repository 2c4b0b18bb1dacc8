import { SaxesParser } from 'saxes';
import type { Unreadable } from '../../../core/policy/facts.ts';
import type { Range } from '../../../core/policy/finding.ts';
import { lineIndex } from '../lines.ts';

export interface RecordField {
  /** null where Odoo computes it: an expression that is no plain value, a search. */
  value: string | null;
  range: Range;
}

/** A `<record>` of a data file. */
export interface OdooRecord {
  model: string;
  /** As it is written; `` where it has none. */
  id: string;
  range: Range;
  fields: Map<string, RecordField>;
}

/** A plain value in Python, as text; null for an expression. */
function literal(expression: string): string | null {
  const plain = expression.trim();
  const [, , quoted] = /^(["'])(.*)\1$/s.exec(plain) ?? [];
  if (quoted !== undefined) return /["'\\]/.test(quoted) ? null : quoted;
  return /^(?:-?\d+(?:\.\d+)?|True|False|None)$/.test(plain) ? plain : null;
}

/**
 * The records of an XML data file, as far as it can be read: up to the first place where it is no XML. Entities of a DOCTYPE are
 * not expanded, so a file that needs them is one that cannot be read.
 */
export function readRecords(text: string, model: string): { records: OdooRecord[]; unreadable: Unreadable[] } {
  const at = lineIndex(text);
  const records: OdooRecord[] = [];
  const unreadable: Unreadable[] = [];
  const parser = new SaxesParser({ position: true, xmlns: false });
  const path: string[] = [];
  let record: OdooRecord | undefined;
  // `given` by an attribute; undefined: by its text.
  let field: { name: string; from: number; text: string; depth: number; given: string | null | undefined } | undefined;
  let begins = 0;
  parser.on('error', ({ message }) => {
    if (unreadable.length > 0) return;
    const place = Math.min(Math.max(parser.position - 1, 0), text.length);
    unreadable.push({
      message: `It is no XML: ${message.replace(/^[\d:]+ /, '')}`,
      range: at.range(place, Math.min(place + 1, text.length)),
    });
  });
  parser.on('opentagstart', () => {
    begins = text.lastIndexOf('<', parser.position - 1);
  });
  parser.on('opentag', ({ name, attributes }) => {
    path.push(name);
    if (unreadable.length > 0) return;
    if (name === 'record' && attributes['model'] === model) {
      record = { model, id: attributes['id'] ?? '', range: at.range(begins, parser.position), fields: new Map() };
      records.push(record);
    } else if (name === 'field' && record && !field && path.at(-2) === 'record' && attributes['name'] !== undefined) {
      const { eval: expression, ref, search } = attributes;
      const computed = expression !== undefined ? literal(expression) : search !== undefined ? null : undefined;
      field = { name: attributes['name'], from: begins, text: '', depth: path.length, given: ref ?? computed };
    }
  });
  const take = (more: string): void => {
    if (field) field.text += more;
  };
  parser.on('text', take);
  parser.on('cdata', take);
  parser.on('closetag', ({ name }) => {
    if (field?.depth === path.length && record) {
      record.fields.set(field.name, {
        value: field.given === undefined ? field.text : field.given,
        range: at.range(field.from, parser.position),
      });
      field = undefined;
    }
    path.pop();
    if (name === 'record') record = undefined;
  });
  parser.write(text).close();
  return { records, unreadable };
}
