import type { Config } from '../config/schema.ts';
import type { SchemaProblem } from '../control-plane/schema-problem.ts';
import type { NeutralisationFacts } from '../neutralisation/check.ts';
import type { Blocker } from '../promotion/linear.ts';
import type { FileFacts } from './facts.ts';
import type { Finding, Rule } from './finding.ts';
import type { CommitSecret } from './secrets/facts.ts';

/** All that the rules look at. Gathered once for all of them. */
export interface RepositoryFacts {
  config: Config;
  /** Every file, from the root of the repository. */
  paths: readonly string[];
  /** What the files tell; one without facts is left out. */
  files: ReadonlyMap<string, FileFacts>;
  /** Paths of submodules, checked out or not. */
  submodules: readonly string[];
  /** What is against a promotion of staging to production; null where history cannot tell, and why. */
  blockers: readonly Blocker[] | { unknown: string };
  /** What is wrong with the live schema of the control plane; null where there is none to ask. */
  schema_problems: readonly SchemaProblem[] | null;
  /** Secrets that the commits to be promoted add; left out where they were not searched. */
  commit_secrets?: readonly CommitSecret[];
  /** What the database of staging still does; left out or null where none was given. */
  neutralisation?: NeutralisationFacts | null;
  /** Migrations of schema ops that this program brings: SHA-256 of each text by its name. */
  our_migrations: ReadonlyMap<string, string>;
}

/** A rule's answer: what it looked at and what it found, or why it has nothing to look at. */
export type Answer = { looked_at: string; findings: Finding[] } | { not_applicable: string };

export interface RuleDefinition {
  name: Rule;
  /** One line, for people. */
  title: string;
  /** Paragraph of the constitution. */
  paragraph: string;
  /** Pure: facts in, findings out. */
  check: (facts: RepositoryFacts) => Answer;
}

type Located<Kind extends keyof FileFacts> = (NonNullable<FileFacts[Kind]>[number] & { file: string })[];

/** By kind, once for all rules: eleven of them ask some sixty times, of thousands of files. */
const indexes = new WeakMap<RepositoryFacts['files'], Map<string, Located<keyof FileFacts>>>();

function indexOf(files: RepositoryFacts['files']): Map<string, Located<keyof FileFacts>> {
  const index = new Map<string, Located<keyof FileFacts>>();
  for (const [file, facts] of files) {
    for (const [kind, told] of Object.entries(facts) as [string, object[]][]) {
      const located = index.get(kind) ?? [];
      for (const fact of told) located.push({ ...fact, file } as Located<keyof FileFacts>[number]);
      index.set(kind, located);
    }
  }
  indexes.set(files, index);
  return index;
}

/** Each fact of a kind with the file that tells it. The map of files must not change afterwards. */
export const factsOf = <Kind extends keyof FileFacts>(
  { files }: Pick<RepositoryFacts, 'files'>,
  kind: Kind,
): readonly Located<Kind>[number][] => (indexes.get(files) ?? indexOf(files)).get(kind) ?? [];
