/** What a copy of production should be like. What is not known is not asked for. */
export interface Expectations {
  /** Hosts that catch mail besides the well-known ones: patterns. */
  mail_catchers: readonly string[];
  /** Where people open this copy. */
  base_url: string | null;
  /** `database.uuid` of production. */
  production_uuid: string | null;
  /** Every module on the addons path, Odoo's own too. */
  modules: readonly string[] | null;
  /** Keys of ir.config_parameter that reach something outside, and their harmless values: patterns. */
  parameters: readonly { key: string; integration: string; test_values: readonly string[] }[];
  /** Nobody has worked in it since it was copied: what waits or opens doors in it comes from production. */
  is_fresh: boolean;
}

/** What is wrong, for people; never a secret. */
export interface Offence {
  label: string;
  detail: string | null;
}

/** One question to the database whose answer must be empty. */
export interface NeutralisationCheck {
  name: string;
  /** Tables of schema public with the columns that are read. Without the first table there is nothing to ask. */
  needs: Readonly<Record<string, readonly string[]>>;
  /** One statement that only reads; rows of `label` and `detail`. */
  sql: string;
  /** Its parameters; null where what it compares with is not known. */
  values: (expected: Expectations) => unknown[] | null;
  /** Which rows are wrong; all unless told. */
  isWrong?: (offence: Offence, expected: Expectations) => boolean;
  message: (offences: readonly Offence[]) => string;
  fix: string;
}

export interface NeutralisationProblem {
  check: string;
  message: string;
  fix: string;
}

/** What a database that should be harmless still does, or why nobody knows. */
export type NeutralisationFacts = { database: string; problems: NeutralisationProblem[] } | { unknown: string };

/** What the answer to a check means; null where all is well. */
export function problemOf(check: NeutralisationCheck, offences: readonly Offence[], expected: Expectations): NeutralisationProblem | null {
  const wrong = offences.filter((offence) => check.isWrong?.(offence, expected) ?? true);
  return wrong.length === 0 ? null : { check: check.name, message: check.message(wrong), fix: check.fix };
}
