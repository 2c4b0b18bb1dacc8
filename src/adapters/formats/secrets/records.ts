import { SaxesParser } from 'saxes';
import { parse as parseCsv } from 'csv-parse/sync';
import type { Reader } from '../../../core/policy/facts.ts';
import type { SecretFact } from '../../../core/policy/secrets/facts.ts';
import { secretIn } from '../../../core/policy/secrets/judgement.ts';
import { MAY_NAME } from '../../../core/policy/secrets/name.ts';
import { isQuiet } from '../../../core/policy/secrets/path.ts';
import { lineIndex } from '../lines.ts';

/** Models in which a field called `password` holds one, and what else is kept there. */
const KEEPERS = new Set(['res.users', 'ir.mail_server', 'fetchmail.server', 'payment.provider', 'payment.acquirer', 'ir.config_parameter']);

/** A field of a record: its text as it stands from one offset to another, or as Python in `eval`. */
interface Field {
  name: string;
  value: string;
  from: number;
  to: number;
}
interface DataRecord {
  model: string;
  fields: Field[];
}

const literal = (python: string): string | null => /^\s*u?(['"])(.*)\1\s*$/s.exec(python)?.[2] ?? null;

/** `<record model="…">` with its fields, and `<function name="set_param">`. What is not well-formed ends where it breaks. */
function xmlRecords(text: string): DataRecord[] {
  const records: DataRecord[] = [];
  let record: DataRecord | null = null;
  let field: Field | null = null;
  const parser = new SaxesParser();
  parser.on('error', () => undefined);
  parser.on('opentag', ({ name, attributes }) => {
    const attribute = (key: string): string => (attributes as Record<string, string>)[key] ?? '';
    if (name === 'record') records.push((record = { model: attribute('model'), fields: [] }));
    else if (name === 'field' && record && !field) {
      const at = parser.position;
      field = { name: attribute('name'), value: '', from: at, to: at };
      const evaluated = literal(attribute('eval'));
      if (evaluated !== null) field = { ...field, value: evaluated, from: text.lastIndexOf(evaluated, at) };
    } else if (name === 'function' && attribute('name') === 'set_param') {
      const [, , key = '', , value] = /\(\s*(['"])(.+?)\1\s*,\s*(['"])(.*?)\3\s*\)/s.exec(attribute('eval')) ?? [];
      const from = text.lastIndexOf(value ?? '', parser.position);
      if (value !== undefined)
        records.push({ model: 'ir.config_parameter', fields: parameter(key, { name: 'value', value, from, to: from + value.length }) });
    }
  });
  for (const event of ['text', 'cdata'] as const) {
    parser.on(event, (part) => {
      if (field) field = { ...field, value: field.value === '' ? part : field.value + part };
    });
  }
  parser.on('closetag', ({ name }) => {
    if (name === 'record') record = null;
    if (name !== 'field' || !field || !record) return;
    const start = text.indexOf(field.value.trim(), field.from);
    const from = start === -1 ? field.from : start;
    record.fields.push({ ...field, value: field.value.trim(), from, to: from + field.value.trim().length });
    field = null;
  });
  parser.write(text).close();
  return records;
}

const parameter = (key: string, value: Field): Field[] => [{ name: 'key', value: key, from: value.from, to: value.from }, value];

/** A data file of CSV holds the model that it is called after. */
function csvRecords(path: string, text: string): DataRecord[] {
  const model = /([\w.]+)(?:-[^/]*)?\.csv$/.exec(path)?.[1] ?? '';
  const rows: string[][] = parseCsv(text, { relax_column_count: true, relax_quotes: true, skip_records_with_error: true });
  const [header = [], ...lines] = rows;
  let from = 0;
  return lines.map((cells) => ({
    model,
    fields: cells.map((value, column): Field => {
      const start = value === '' ? from : text.indexOf(value, from);
      from = start === -1 ? from : start + value.length;
      return { name: header[column] ?? '', value, from: from - value.length, to: from };
    }),
  }));
}

function secretsOfRecords(path: string, text: string): SecretFact[] {
  const at = lineIndex(text);
  return (path.endsWith('.csv') ? csvRecords(path, text) : xmlRecords(text)).flatMap(({ model, fields }) => {
    const key = fields.find(({ name }) => name === 'key')?.value ?? '';
    return fields.flatMap(({ name, value, from, to }) => {
      const called = model === 'ir.config_parameter' ? (name === 'value' ? key : '') : name;
      if (value === '' || called === '') return [];
      const scope = KEEPERS.has(model) ? 'environment' : 'configuration';
      return secretIn(
        'data',
        scope,
        model === 'ir.config_parameter' ? `The parameter ${called}` : `${called} of ${model}`,
        value,
        () => at.range(from, to),
        called,
      );
    });
  });
}

/** A field with such a name that is not empty, or a parameter that may have such a key. */
const FIELD = /name=["'][\w.]*(?:pass|pwd|secret|token|credential|key)[\w.]*["'](?:(?:[^>]*[^/>])?>\s*[^\s<]|\s[^>]*\beval=["'])/i;

/** Credentials in data files of Odoo: parameters, users, mail servers, payment providers, and fields that are called so. */
export const secretRecordsReader: Reader = {
  name: 'secret-records',
  version: 1,
  everywhere: true,
  reads: (path) =>
    !isQuiet(path) && (path.endsWith('.xml') || /(?:^|\/)[a-z_]+(?:\.[a-z_]+)+(?:-[^/]*)?\.csv$/.test(path)) && !path.includes('/static/'),
  mayTell: (text) => {
    if (/^\s*(?:<|\ufeff)/.test(text))
      return FIELD.test(text) || ((text.includes('ir.config_parameter') || text.includes('set_param')) && MAY_NAME.test(text));
    const end = text.indexOf('\n');
    const header = end === -1 ? text : text.slice(0, end);
    return MAY_NAME.test(header) || (/\bkey\b/.test(header) && MAY_NAME.test(text));
  },
  read: (path, text) => ({ secrets: secretsOfRecords(path, text) }),
};
