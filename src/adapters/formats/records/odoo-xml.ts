import { CsvError, parse } from 'csv-parse/sync';
import type { CronRecord } from '../../../core/policy/addons/cron-facts.ts';
import type { FileFacts, Reader } from '../../../core/policy/facts.ts';
import { readCronCode } from './cron-code.ts';
import { lineIndex } from '../lines.ts';
import { readRecords, type OdooRecord } from './odoo-records.ts';

const CRON = 'ir.cron';

function cronOf({ id, range, fields }: Omit<OdooRecord, 'model'>): CronRecord {
  return {
    id,
    range,
    fields: Object.fromEntries([...fields].map(([name, { value }]) => [name, value?.trim() ?? null])),
    places: Object.fromEntries([...fields].map(([name, field]) => [name, field.range])),
    ...readCronCode(fields.get('code')?.value ?? ''),
  };
}

function readXml(_path: string, text: string): FileFacts {
  const { records, unreadable } = readRecords(text, CRON);
  return { crons: records.map(cronOf), unreadable };
}

/** Scheduled actions in the XML data files of addons. */
export const odooXmlReader: Reader = {
  name: 'odoo-xml',
  version: 1,
  reads: (path) => /\.xml$/i.test(path) && !/(?:^|\/)(?:static|tests?|i18n|node_modules|\.[^/]+)\//.test(path),
  mayTell: (text) => text.includes(CRON),
  read: readXml,
};

interface CsvRow {
  record: string[];
  /** `lines` so far, at the end of the row. */
  info: { lines: number };
}

function readCsv(_path: string, text: string): FileFacts {
  const at = lineIndex(text);
  const lines = text.split('\n');
  const lineRange = (first: number, last: number) => ({
    start: { line: first, column: 1 },
    end: { line: last, column: (lines[last - 1]?.replace(/\r$/, '').length ?? 0) + 1 },
  });
  try {
    const rows = parse(text, { info: true, relax_column_count: true, skip_empty_lines: true }) as unknown as CsvRow[];
    const [head, ...body] = rows;
    // `model_id:id` and `model_id/id` are both the field model_id.
    const names = (head?.record ?? []).map((name) => name.trim().replace(/[:/]id$/, ''));
    const crons = body.map(({ record, info }, index) => {
      const range = lineRange((rows[index]?.info.lines ?? 0) + 1, info.lines);
      const fields = new Map(
        names.map((name, column) => [name, { value: record[column] ?? '', range }] as const).filter(([, { value }]) => value.trim() !== ''),
      );
      const id = fields.get('id')?.value ?? '';
      fields.delete('id');
      return cronOf({ id, range, fields });
    });
    return { crons };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { unreadable: [{ message: `It is no CSV: ${error.message}`, range: at.range(0, text.length) }] };
  }
}

/** Scheduled actions in `ir.cron.csv`, as Odoo names such files. */
export const cronCsvReader: Reader = {
  name: 'cron-csv',
  version: 1,
  reads: (path) => /(?:^|\/)ir\.cron(?:-[^/]*)?\.csv$/i.test(path) && !/(?:^|\/)tests?\//.test(path),
  read: readCsv,
};
