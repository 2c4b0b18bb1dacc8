import { configFrom } from '../../src/adapters/files/config-file.ts';
import type { FileFacts, Reader } from '../../src/core/policy/facts.ts';
import type { Answer, RepositoryFacts, RuleDefinition } from '../../src/core/policy/rule.ts';
import type { Finding } from '../../src/core/policy/finding.ts';
import { factsOfFile } from '../../src/runtime/policy/gather.ts';

/** The facts of a repository of these texts, as the real readers tell them. */
export async function repositoryFacts(
  readers: readonly Reader[],
  texts: Readonly<Record<string, string>>,
  given: Partial<RepositoryFacts> & { configuration?: string } = {},
): Promise<RepositoryFacts> {
  const { configuration = '', ...rest } = given;
  const files = new Map<string, FileFacts>();
  for (const [path, text] of Object.entries(texts)) {
    const own = readers.filter((reader) => reader.reads(path));
    if (own.length > 0) files.set(path, await factsOfFile(own, path, { is: 'text', text }));
  }
  return {
    ...{ config: configFrom(configuration), paths: Object.keys(texts), files, submodules: [] },
    ...{ blockers: { unknown: 'No history.' }, schema_problems: null, our_migrations: new Map(), ...rest },
  };
}

/** Its findings. @throws Error where it says that it is not applicable */
export function findingsOf(rule: RuleDefinition, facts: RepositoryFacts): Finding[] {
  const answer: Answer = rule.check(facts);
  if ('not_applicable' in answer) throw new Error(`Not applicable: ${answer.not_applicable}`);
  return answer.findings;
}
