import type { Position } from '../../config/parse.ts';
import type { Range } from '../finding.ts';
import { masked } from './value.ts';

/** Something in a file that looks like a secret. The value itself is never part of it: facts are kept on disk. */
export interface SecretFact {
  kind: 'password' | 'token' | 'private-key' | 'connection' | 'hash';
  /** What holds it, with the value masked: `db_password is "Tr0u…" (13 characters)`. */
  message: string;
  /** Where it belongs instead. */
  hint: string;
  range: Range;
  /** Known by its form (a private key, the token of a provider), not by the name beside it. */
  certain: boolean;
  /** A word that everybody tries first, as `odoo`: nothing is lost with it, but no stage should run with it. */
  common?: true;
}

/** A secret that a commit adds, whether a later one takes it away again or not. */
export interface CommitSecret {
  commit: string;
  /** As the commit calls it. */
  file: string;
  secret: SecretFact;
}

const HINTS = {
  conf: 'Take the line out, and start Odoo with the value from an environment variable or a mounted secret',
  environment: 'Write `${NAME}` or `CHANGE_ME` here, and set the value on the machine that runs it or in its secret manager',
  data: 'Take the value out of the data file, and set it in each database (by an environment variable, or in the settings)',
  code: 'Read it from an environment variable or a secret manager',
  manifest: 'Commit a SealedSecret, an ExternalSecret or a file that sops encrypted instead',
  key: 'Take the file out of the repository, and mount the key where it is needed',
} as const;
export type SecretPlace = keyof typeof HINTS;

/** The fact that `name` holds `value`. */
export function secretFact(
  place: SecretPlace,
  found: { kind: SecretFact['kind']; name: string; value: string; range: Range; certain?: boolean; common?: boolean },
): SecretFact {
  const { kind, name, value, range, certain = false, common = false } = found;
  const what = kind === 'hash' ? `${name} is the hash of a password: ${masked(value)}` : `${name} is ${masked(value)}`;
  return { kind, message: what, hint: HINTS[place], range, certain, ...(common ? { common: true as const } : {}) };
}

const distance = (a: Position, b: Position): number => a.line - b.line || a.column - b.column;

/** Each place once, in the order of the text: what is known by its form before what only a name tells. */
export function withoutOverlaps(secrets: readonly SecretFact[]): SecretFact[] {
  const kept: SecretFact[] = [];
  for (const secret of [...secrets].sort((a, b) => distance(a.range.start, b.range.start))) {
    const last = kept.at(-1);
    if (!last || distance(secret.range.start, last.range.end) >= 0) kept.push(secret);
    else if (secret.certain && !last.certain) kept.splice(-1, 1, secret);
  }
  return kept;
}
