import { secretCodeReader } from '../../adapters/formats/secrets/code.ts';
import { secretFormsReader } from '../../adapters/formats/secrets/forms.ts';
import { secretLinesReader } from '../../adapters/formats/secrets/lines.ts';
import { secretRecordsReader } from '../../adapters/formats/secrets/records.ts';
import { secretYamlReader } from '../../adapters/formats/secrets/yaml.ts';
import { secretlintReader } from '../../adapters/secretlint/reader.ts';
import type { Reader } from '../../core/policy/facts.ts';
import { withoutOverlaps, type SecretFact } from '../../core/policy/secrets/facts.ts';

/** Everything that tells secrets. */
export const SECRET_READERS: readonly Reader[] = [
  secretlintReader,
  secretFormsReader,
  secretLinesReader,
  secretYamlReader,
  secretRecordsReader,
  secretCodeReader,
];

/** What a text under a path tells of secrets; each place once, whoever finds it. */
export async function secretsIn(path: string, text: string): Promise<SecretFact[]> {
  const told: SecretFact[] = [];
  for (const { reads, mayTell, read } of SECRET_READERS) {
    if (reads(path) && (mayTell?.(text) ?? true)) told.push(...((await read(path, text)).secrets ?? []));
  }
  return withoutOverlaps(told);
}
