import { count } from '../text.ts';
import type { Finding, Range } from './finding.ts';
import { ledgerMatch, ledgerTable } from './ledger/copy.ts';
import { isTestFile, outsideAddons } from './addons/outside-addons.ts';
import { factsOf, type RepositoryFacts, type RuleDefinition } from './rule.ts';
import { sqlName, type SqlName, type SqlTable, type SqlVerb, type SqlWrite } from './ledger/sql-facts.ts';

type Located<Fact> = Fact & { file: string };
/** One reason of a finding: several in one file become one finding. */
interface Reason {
  file: string;
  range: Range;
  severity: Finding['severity'];
  table: string;
  message: string;
}

const isSupabase = (path: string): boolean => /(?:^|\/)supabase\//.test(path);
/** Scripts that make a copy harmless (§3.1) change rows of the copy. */
const isNeutralising = (path: string): boolean => /neutrali[sz]|anonymi[sz]|saniti[sz]|scrub|obfuscat|pseudonymi[sz]/i.test(path);
/** Odoo's own settings, which addons extend: no ledger. */
const isSetting = (name: string): boolean =>
  /^(?:ir|base|bus|mail|web|res_config|res_company|res_lang|res_currency|fetchmail)(?:_|$)/.test(name);

const MANY = 5;
const READ = 'Read from Odoo instead: by XML-RPC or JSON-RPC, from a read replica, or through a foreign table that is not updatable.';
const WRITE = "Write through Odoo's ORM instead: by XML-RPC or JSON-RPC, or in an addon.";

const ledgerRead = (reads: readonly SqlName[]): string | undefined => reads.map(({ name }) => name).find((name) => ledgerTable(name)?.own);

function foreignTable(facts: RepositoryFacts, table: Located<SqlTable>): Reason[] {
  const original = table.remote_name ?? table.name;
  const servers = factsOf(facts, 'sql_servers').filter(({ name }) => name === table.server);
  if (!ledgerTable(original) || table.read_only || servers.some((server) => server.read_only)) return [];
  const message = `The foreign table ${sqlName(table)} lets Odoo's ${original} be written to: neither it nor its server says updatable 'false'.`;
  return [{ file: table.file, range: table.range, severity: 'warning', table: original, message }];
}

/** Tables outside that hold what Odoo records (§2.3). */
function copies(facts: RepositoryFacts, isOutside: (path: string) => boolean): Reason[] {
  return factsOf(facts, 'sql_tables').flatMap((table): Reason[] => {
    const { file, range, kind } = table;
    if (!isOutside(file) || (isTestFile(file) && !isSupabase(file))) return [];
    if (kind === 'foreign') return foreignTable(facts, table);
    const source = table.grouped ? undefined : ledgerRead(table.reads);
    const match = ledgerMatch(table, table.columns);
    if (source !== undefined) {
      const what = kind === 'materialized-view' ? 'The materialized view' : 'The table';
      const message = `${what} ${sqlName(table)} is filled with rows of Odoo's ${source}.`;
      return [{ file, range, severity: isSupabase(file) ? 'error' : 'warning', table: source, message }];
    }
    if (!match || kind === 'materialized-view') return [];
    const message = `The table ${sqlName(table)} is a copy of Odoo's ${match.table.name}, ${match.why}.`;
    return [{ file, range, severity: match.certain ? 'error' : 'warning', table: match.table.name, message }];
  });
}

/** Rows of Odoo that come into another database by themselves. */
function replications(facts: RepositoryFacts, isOutside: (path: string) => boolean): Reason[] {
  const published = factsOf(facts, 'sql_publications').filter(({ file }) => isOutside(file));
  const ledgerOf = (tables: readonly SqlName[]) => tables.find(({ name }) => ledgerTable(name)?.own)?.name;
  return factsOf(facts, 'sql_subscriptions').flatMap(({ file, range, name, publications, from_odoo: fromOdoo }): Reason[] => {
    const table = published
      .filter((one) => publications.includes(one.name))
      .map(({ tables }) => ledgerOf(tables))
      .find((one) => one);
    if (!isOutside(file) || (table === undefined && !fromOdoo)) return [];
    const message = `The subscription ${name} copies ${table ?? 'tables'} of Odoo into this database.`;
    return [{ file, range, severity: 'error', table: table ?? 'odoo', message }];
  });
}

const VERBS: Readonly<Record<SqlVerb, string>> = {
  ...{ insert: 'inserts into', update: 'updates', delete: 'deletes from', merge: 'merges into', truncate: 'empties', copy: 'copies into' },
};
const PROGRAMS: Readonly<Record<SqlWrite['via'], string>> = {
  ...{ sql: 'This SQL', python: 'This program', javascript: 'This program', shell: 'This script' },
  ...{ workflow: 'This workflow', n8n: 'This n8n workflow', 'supabase-js': 'This program' },
};

/** Tables of the team's own addons, by the classes that have methods. */
function addonTables(facts: RepositoryFacts, isOutside: (path: string) => boolean): Set<string> {
  const models = factsOf(facts, 'model_methods').flatMap((method) => (isOutside(method.file) ? [] : method.models));
  return new Set(models.map((model) => model.replaceAll('.', '_')).filter((name) => name.includes('_') && !isSetting(name)));
}

/** Programs outside that change Odoo's rows without its ORM (§2.1). */
function writes(facts: RepositoryFacts, isOutside: (path: string) => boolean): Reason[] {
  const own = addonTables(facts, isOutside);
  // A table that the repository itself makes is found as a copy, or is another one of the same name.
  const made = new Set(
    factsOf(facts, 'sql_tables').flatMap(({ file, kind, name }) => (isOutside(file) && kind !== 'foreign' ? [name] : [])),
  );
  return factsOf(facts, 'sql_writes').flatMap((write): Reason[] => {
    const { file, range, name, verb, via, schema } = write;
    if (made.has(name) || !isOutside(file) || isTestFile(file) || isNeutralising(file)) return [];
    const table = ledgerTable(name);
    const isAddon = !table && via !== 'supabase-js' && own.has(name);
    if (!table && !isAddon) return [];
    const whose = isAddon ? ', a table of an addon,' : '';
    const message = `${PROGRAMS[via]} ${VERBS[verb]} Odoo's ${sqlName(write)}${whose} without its ORM.`;
    const certain = table?.own === true || (table !== undefined && schema?.includes('odoo') === true);
    return [{ file, range, severity: certain ? 'error' : 'warning', table: name, message }];
  });
}

/** A finding a reason, but one for all where a file has many: a dump of a database is one thing to mend. */
function findingsOf(reasons: readonly Reason[], paragraph: string, fix: string, many: (tables: string) => string): Finding[] {
  const byFile = new Map<string, Reason[]>();
  for (const reason of reasons) byFile.set(reason.file, [...(byFile.get(reason.file) ?? []), reason]);
  return [...byFile.values()].flatMap((own): Finding[] => {
    const at = ({ file, range, severity }: Reason, message: string): Finding => ({
      ...{ rule: 'no-shadow-ledger', severity, file, range, message, fix, paragraph },
    });
    const tables = [...new Set(own.map(({ table }) => table))];
    const [first] = [...own.filter(({ severity }) => severity === 'error'), ...own];
    if (!first || own.length <= MANY) return own.map((reason) => at(reason, reason.message));
    return [at(first, many(`${tables.slice(0, MANY).join(', ')}${tables.length > MANY ? ` and ${tables.length - MANY} more` : ''}`))];
  });
}

/** §2.1, §2.3: Odoo alone keeps what it records. */
export const noShadowLedger: RuleDefinition = {
  name: 'no-shadow-ledger',
  title: 'Nobody outside of Odoo keeps a copy of its ledger, or writes to it',
  paragraph: '§2.3',
  check: (facts) => {
    const isOutside = outsideAddons(facts);
    const kinds = ['sql_tables', 'sql_writes', 'sql_protections', 'sql_servers', 'sql_subscriptions', 'sql_publications'] as const;
    const files = [...facts.files].filter(([file, told]) => isOutside(file) && kinds.some((kind) => (told[kind] ?? []).length > 0));
    if (files.length === 0)
      return { not_applicable: 'There is no SQL outside of the addons: neither files nor programs with statements of it.' };
    return {
      looked_at: `${count(files.length, 'file')} with SQL outside of the addons`,
      findings: [
        ...findingsOf(
          [...copies(facts, isOutside), ...replications(facts, isOutside)],
          '§2.3',
          READ,
          (tables) => `This file copies Odoo's tables ${tables}.`,
        ),
        ...findingsOf(
          writes(facts, isOutside),
          '§2.1',
          WRITE,
          (tables) => `This file changes rows of Odoo's tables ${tables} without its ORM.`,
        ),
      ],
    };
  },
};
