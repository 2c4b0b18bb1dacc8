import { count } from '../text.ts';
import { SECRET_PARAMETERS } from './parameters.ts';

/** Names of columns and parameters that hold a credential, as a regular expression of PostgreSQL and of JavaScript. */
export const LOOKS_SECRET = 'passw|secret|token|api[_.]?key|private[_.]?key|access[_.]?key|credential|bearer|webhook';
/** What is called so and opens nothing outside: portal links of this copy, and what people log in with. */
export const HARMLESS_COLUMNS: readonly string[] = ['access_token', 'invite_token', 'security_token', 'visibility_password'];

/** What a neutralised copy still holds, and what its modules could do with it. */
export interface CoverageFacts {
  installed: readonly string[];
  /** Modules on the addons path, and whether each brings a `data/neutralize.sql`. */
  modules: ReadonlyMap<string, { neutralizes: boolean }>;
  /** Columns that look like credentials and still hold something, with all modules that declare the field; none for one that a person made. */
  columns: readonly { table: string; column: string; modules: readonly string[]; rows: number }[];
  /** Parameters that look like credentials and still have a value, with the module that brought each; null where nobody did. */
  parameters: readonly { key: string; module: string | null }[];
  /** Keys that `policy.integrations` declares: those are taken care of. */
  declared: readonly string[];
  /** Modules whose Python reaches other machines, and by what. */
  senders: ReadonlyMap<string, readonly string[]>;
}

export interface Uncovered {
  module: string;
  reason: string;
}

/** Libraries by which Python talks to other machines. */
const SENDERS =
  /^[ \t]*(?:from|import)[ \t]+(requests|httpx|aiohttp|urllib3|urllib\.request|http\.client|smtplib|ftplib|imaplib|poplib|xmlrpc\.client|paramiko|pysftp|boto3|zeep|suds|twilio|slack_sdk|stripe|paho|pika|kafka|websocket|websockets|socket)\b/gm;

/** Libraries that a Python file imports to reach other machines, sorted. */
export const librariesThatSend = (python: string): string[] =>
  [...new Set([...python.matchAll(SENDERS)].map(([, library = '']) => library))].sort();

function* reasons({ modules, columns, parameters, declared, senders, installed }: CoverageFacts): Generator<Uncovered> {
  const neutralizes = (module: string) => modules.get(module)?.neutralizes === true;
  for (const { table, column, modules: declaring, rows } of columns) {
    if (declaring.some(neutralizes)) continue;
    const reason = `${table}.${column} still holds something in ${count(rows, 'row')}, and no neutralize.sql empties it.`;
    yield { module: declaring[0] ?? 'custom fields', reason };
  }
  const known = new Set([...declared, ...SECRET_PARAMETERS, 'database.secret']);
  for (const { key, module } of parameters) {
    if (known.has(key) || (module !== null && neutralizes(module))) continue;
    const guess = installed.find((name) => key.startsWith(`${name}.`) || key.startsWith(`${name}_`));
    const reason = `The parameter ${key} looks like a credential and still has a value: declare it in policy.integrations of odoo-ops.yml.`;
    yield { module: module ?? guess ?? 'ir.config_parameter', reason };
  }
  for (const name of installed) {
    const libraries = senders.get(name) ?? [];
    if (libraries.length === 0 || neutralizes(name)) continue;
    yield { module: name, reason: `Its Python reaches other machines (${libraries.join(', ')}), and it has no neutralize.sql.` };
  }
}

/**
 * Installed modules that hold credentials or send things, and that nothing neutralises: asked after the neutralisation, so that what our
 * own layer emptied is not told. Never a value; sorted by module.
 */
export const uncoveredModules = (facts: CoverageFacts): Uncovered[] =>
  [...reasons(facts)].sort((a, b) => (a.module === b.module ? (a.reason < b.reason ? -1 : 1) : a.module < b.module ? -1 : 1));
