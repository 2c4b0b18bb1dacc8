import type { OdooConf, Variable, Word } from '../facts.ts';
import type { Range } from '../finding.ts';
import { odooArguments } from './command.ts';
import { isKnown } from './same-folder.ts';

/** An option of Odoo, wherever it is said. */
export interface Setting {
  /** As in odoo.conf: `max_cron_threads`. */
  name: string;
  /** null where only the machine that runs it knows. */
  value: string | null;
  file: string;
  range: Range;
  via: 'argument' | 'environment' | 'conf';
}

type Located<Fact> = Fact & { file: string };

const OPTION = /^--([a-z][a-z0-9_-]*)(?:=(.*))?$/s;
const SHORT_OPTION = /^(-[cdpDirw])(.*)$/s;
/** Options whose name on the command line is not that of the file (`odoo/tools/config.py`). */
const LONG_NAMES: Readonly<Record<string, string>> = {
  smtp: 'smtp_server',
  'smtp-ssl': 'smtp_ssl',
  database: 'db_name',
  'db-filter': 'dbfilter',
};
const SWITCHES: Readonly<Record<string, readonly [name: string, value: string]>> = {
  'no-database-list': ['list_db', 'False'],
  'no-http': ['http_enable', 'False'],
  'proxy-mode': ['proxy_mode', 'True'],
  'stop-after-init': ['stop_after_init', 'True'],
};
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '-c': 'config',
  '-d': 'db_name',
  '-p': 'http_port',
  '-D': 'data_dir',
  '-r': 'db_user',
  '-w': 'db_password',
  '-i': 'init',
};

const known = (value: string): string | null => (isKnown(value) ? value : null);

/** True where the text stands in the file as it is, without quotes, escapes or line breaks inside. */
export const isVerbatim = (text: string, { start, end }: Range): boolean =>
  start.line === end.line && end.column - start.column === text.length;

/** Where the end of a word stands; the whole word where the file writes it in another way. */
export function rangeOfEnd({ value, range }: Word, end: string): Range {
  if (!isVerbatim(value, range)) return range;
  return { start: { line: range.end.line, column: range.end.column - end.length }, end: range.end };
}

function settingAt(words: readonly Located<Word>[], index: number, isSure: boolean): Setting | undefined {
  const word = words[index];
  if (!word) return undefined;
  const { file, range } = word;
  const [, long, joined] = OPTION.exec(word.value) ?? [];
  const [, short = '', shortValue = ''] = (isSure ? SHORT_OPTION.exec(word.value) : null) ?? [];
  const name = long === undefined ? SHORT_NAMES[short] : (LONG_NAMES[long] ?? long.replaceAll('-', '_'));
  if (name === undefined) return undefined;
  const off = SWITCHES[long ?? ''];
  if (off) return { name: off[0], value: off[1], file, range, via: 'argument' };
  const value = joined ?? (shortValue === '' ? undefined : shortValue);
  if (value !== undefined) return { name, value: known(value), file, range: rangeOfEnd(word, value), via: 'argument' };
  const next = words[index + 1];
  if (!next || next.value.startsWith('-')) return undefined;
  return { name, value: known(next.value), file: next.file, range: next.range, via: 'argument' };
}

/** What a command line tells Odoo; of an option that is there twice the last one counts, and stands first. */
export const argumentSettings = (words: readonly Located<Word>[]): Setting[] =>
  odooArguments(words).flatMap(({ arguments: own, isSure }) =>
    own
      .map((_, index) => settingAt(own, index, isSure))
      .filter((setting) => setting !== undefined)
      .reverse(),
  );

/** Odoo 19 reads `ODOO_<KEY>` for each option of the file. */
export const variableSettings = (environment: readonly Located<Variable>[]): Setting[] =>
  environment
    .filter(({ name }) => name.startsWith('ODOO_') && !['ODOO_STAGE', 'ODOO_RC'].includes(name))
    .map(({ name, value, file, range }) => ({ name: name.slice('ODOO_'.length).toLowerCase(), value, file, range, via: 'environment' }));

export const confSettings = (confs: readonly Located<OdooConf>[]): Setting[] =>
  confs.flatMap(({ file, options }) =>
    options.map(({ name, value, range }) => ({ name, value: known(value), file, range, via: 'conf' as const })),
  );
