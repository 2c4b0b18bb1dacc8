import type { SchemaProblem } from '../control-plane/schema-problem.ts';
import type { Finding, Range } from './finding.ts';

/** SQL of the repository that a Supabase project is made from. */
export const isSupabaseMigration = (path: string): boolean => /(?:^|\/)supabase\/migrations\/[^/]+\.sql$/.test(path);

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The same text with comments and words in quotes as blanks: what is left stands where it stood. The bodies of functions stay. */
const withoutWords = (sql: string): string =>
  sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, (words) => words.replace(/[^\n]/g, ' '));

function rangeAt(text: string, index: number, length: number): Range {
  const before = text.slice(0, index).split('\n');
  const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
  return { start: { line, column }, end: { line, column: column + length } };
}

const TABLE = String.raw`(?:only\s+)?"?ops"?\s*\.\s*"?(\w+)"?`;
const pattern = (source: string): RegExp => new RegExp(source, 'gi');

/** Statements that take away what protects a table of schema ops; `$1` is the table. */
const OPENED: readonly (readonly [statement: RegExp, what: string])[] = [
  [
    pattern(String.raw`alter\s+table\s+(?:if\s+exists\s+)?${TABLE}[^;]*?\b(?:disable|no\s+force)\s+row\s+level\s+security`),
    'takes row-level security off ops.$1',
  ],
  [
    pattern(String.raw`alter\s+table\s+(?:if\s+exists\s+)?${TABLE}[^;]*?\b(?:disable|enable\s+replica)\s+trigger`),
    'switches off a trigger of ops.$1',
  ],
  [pattern(String.raw`drop\s+trigger\s+[^;]*?\bon\s+${TABLE}`), 'drops a trigger of ops.$1'],
  [pattern(String.raw`(?:drop|alter)\s+policy\s+[^;]*?\bon\s+${TABLE}`), 'changes a policy of ops.$1'],
  [pattern(String.raw`create\s+policy\s+[^;]*?\bon\s+${TABLE}[^;]*?\busing\s*\(\s*true\s*\)`), 'shows everybody all of ops.$1'],
  [
    pattern(String.raw`grant\s+[^;]*?\bon\s+(?:table\s+)?${TABLE}[^;]*?\bto\s+(?:[^;]*,\s*)?(?:anon|public)\b`),
    'gives ops.$1 to everybody',
  ],
];
const CREATED = pattern(String.raw`create\s+table\s+(?:if\s+not\s+exists\s+)?${TABLE}\s*\(([^;]*)`);
const switchedOn = (name: string, how: 'enable' | 'force'): RegExp =>
  new RegExp(
    String.raw`alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?"?ops"?\s*\.\s*"?${name}"?[^;]*?(?<!no\s)\b${how}\s+row\s+level\s+security`,
    'i',
  );

/** What the repository's own SQL does to schema ops. */
function fileFindings(files: ReadonlyMap<string, string>, ours: ReadonlyMap<string, string>): Finding[] {
  const findings: Finding[] = [];
  const at = (file: string, range: Range | null, message: string, fix: string) =>
    findings.push({ rule: 'row-level-security', severity: 'error', file, range, message, fix, paragraph: '§7.2' });
  const theirs = [...files].filter(([path]) => !ours.has(nameOf(path))).map(([path, text]) => [path, withoutWords(text)] as const);
  const all = theirs.map(([, sql]) => sql).join('\n');
  for (const [path, text] of files) {
    const own = ours.get(nameOf(path));
    if (own !== undefined && own !== text)
      at(
        path,
        null,
        'This migration of schema ops differs from the one that odoo-ops brings.',
        'Bring it back: delete it and run `odoo-ops init --supabase`. A change is a migration of its own.',
      );
  }
  for (const [path, sql] of theirs) {
    for (const [statement, what] of OPENED) {
      for (const match of sql.matchAll(statement)) {
        const [whole, table = ''] = match;
        at(path, rangeAt(sql, match.index, whole.length), `It ${what.replace('$1', table)}.`, 'Remove the statement.');
      }
    }
    for (const match of sql.matchAll(CREATED)) {
      const [whole, table = '', columns = ''] = match;
      if (!/\bclient_id\b/i.test(columns)) continue;
      const missing = (['enable', 'force'] as const).filter((how) => !switchedOn(table, how).test(all));
      if (missing.length === 0) continue;
      at(
        path,
        rangeAt(sql, match.index, whole.indexOf('(')),
        `ops.${table} holds rows of clients, and no migration says ${missing.join(' and ')} row level security.`,
        `alter table ops.${table} enable row level security, force row level security; and a policy as §7.2 has it.`,
      );
    }
  }
  return findings;
}

/**
 * §7.2: every table with rows of clients shows each client its own, whoever asks.
 * @param files SQL migrations of the repository, by path
 * @param ours migrations of schema ops that this program brings, by name
 * @param live what is wrong with the live schema; null where there is none to ask
 */
export function checkRowLevelSecurity(
  files: ReadonlyMap<string, string>,
  ours: ReadonlyMap<string, string>,
  live: readonly SchemaProblem[] | null,
): Finding[] {
  return [
    ...fileFindings(files, ours),
    ...(live ?? []).map(({ kind, message, fix }): Finding => ({
      rule: 'row-level-security',
      // Another version is no leak, and a bucket that is closed neither.
      severity: ['older', 'newer', 'storage'].includes(kind) ? 'warning' : 'error',
      file: null,
      range: null,
      message: `Control plane: ${message}`,
      fix,
      paragraph: '§7.2',
    })),
  ];
}
