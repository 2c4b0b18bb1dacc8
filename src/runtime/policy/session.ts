import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openFactsCache } from '../../adapters/files/facts-cache.ts';
import { readConfigFile } from '../../adapters/files/config-file.ts';
import { parseYaml } from '../../adapters/files/yaml.ts';
import { changedSince } from '../../adapters/git/listing.ts';
import { resolveRevision } from '../../adapters/git/refs.ts';
import type { Stage } from '../../core/config/schema.ts';
import { evaluate } from '../../core/policy/evaluate.ts';
import type { FileFacts } from '../../core/policy/facts.ts';
import { RULES, type Range, type Rule } from '../../core/policy/finding.ts';
import type { CheckResult } from '../../core/policy/outcome.ts';
import { RULE_DEFINITIONS } from '../../core/policy/rules.ts';
import { count } from '../../core/text.ts';
import { dayInZone } from '../../core/time.ts';
import { packageVersion } from '../version.ts';
import type { Workspace } from '../workspace.ts';
import { factsOfFile, gatherFacts } from './gather.ts';
import { READERS } from './readers.ts';
import { readFromDisk, workTreeSources, type Sources } from './sources.ts';
import { clonesSurroundings, nearSurroundings, services, type Services, type Surroundings } from './surroundings.ts';

export interface CheckOptions {
  /** All of them unless told. */
  rules?: readonly Rule[] | undefined;
  stage?: Stage | undefined;
  /** Only findings in files that changed since HEAD left this revision. */
  changedSince?: string | undefined;
  /** Texts that stand for those on disk, by path from the root: what an editor has not saved. */
  overlay?: ReadonlyMap<string, string> | undefined;
}

export interface SessionOptions extends CheckOptions {
  /** Files that changed on disk since the last check; left out: git is asked. */
  changed?: readonly string[] | undefined;
  /** Looks at history and the control plane as well; otherwise what was last seen of them counts. */
  thorough?: boolean | undefined;
  /** Looks at history again as this clone knows it; nobody outside is asked. */
  history?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** A check that can be asked again: what was read of the files stays in memory, and only what changed is read anew. */
export interface PolicySession {
  /** True where some rule looks into a file of this path. */
  reads: (path: string) => boolean;
  /** What the control plane and the database of staging said when they were last asked. */
  readonly services: Services;
  /** @throws OpsError `repository` for an unknown revision; the reason of `signal` */
  check: (options?: SessionOptions) => Promise<CheckResult>;
}

// A reader that tells other facts has another version; a program of another version may join them differently.
const factsVersion = (): string =>
  createHash('sha256')
    .update(JSON.stringify([packageVersion(), READERS.map(({ name, version }) => [name, version])]))
    .digest('hex');

export const openClonesCache = ({ stateFolder }: Pick<Workspace, 'stateFolder'>) =>
  openFactsCache(join(stateFolder, 'policy-facts.json'), factsVersion());

export const readsFile = (path: string): boolean => READERS.some((reader) => reader.reads(path));

/** Where each entry of policy.suppressions stands. */
export function suppressionRanges(text: string, { length }: readonly unknown[]): Range[] {
  const { positionOf } = parseYaml(text);
  return Array.from({ length }, (_, index) => {
    const start = positionOf(['policy', 'suppressions', index]);
    return { start, end: { line: start.line, column: start.column + 1 } };
  });
}

/** @param before the session that this one takes the place of: what services said to it still counts */
export async function openPolicy(workspace: Workspace, before?: PolicySession): Promise<PolicySession> {
  const { git, root, config } = workspace;
  const cache = await openClonesCache(workspace);
  const ranges = suppressionRanges((await readConfigFile(root)) ?? '', config.policy.suppressions);
  let sources: Sources | undefined;
  let files = new Map<string, FileFacts>();
  let surroundings: Surroundings | undefined;
  let answered: Services = before?.services ?? { schema_problems: null, neutralisation: null };
  const typed = new Map<string, { text: string; facts: FileFacts }>();

  const look = async (): Promise<Sources> => {
    const found = await workTreeSources(git);
    files = await gatherFacts(found, READERS, cache);
    await cache.save();
    return found;
  };
  const readAgain = async (known: Sources, changed: readonly string[]): Promise<void> => {
    const listed = new Set(known.files.map(({ path }) => path));
    const again = changed.filter((path) => readsFile(path));
    // A new file may be one that git ignores.
    if (again.some((path) => !listed.has(path))) sources = await look();
    else
      await readFromDisk(
        git,
        again.map((path) => ({ path, object: null })),
        async (path, content) => {
          const facts = await factsOfFile(readersOf(path), path, content);
          files.set(path, facts);
        },
      );
  };
  const typedFacts = async (path: string, text: string): Promise<FileFacts> => {
    const before = typed.get(path);
    if (before?.text === text) return before.facts;
    const facts = await factsOfFile(readersOf(path), path, { is: 'text', text });
    typed.set(path, { text, facts });
    return facts;
  };

  const lookAround = async (rules: readonly Rule[], { thorough, history }: SessionOptions): Promise<Surroundings> => {
    if (thorough === true) answered = await services(workspace, rules, rules !== RULES);
    if (thorough === true || history === true) return { ...(await clonesSurroundings(workspace, rules, cache)), ...answered };
    return surroundings ?? { ...(await nearSurroundings()), ...answered };
  };

  return {
    reads: readsFile,
    get services() {
      return answered;
    },
    check: async ({ rules = RULES, stage, changedSince: revision, overlay, changed, thorough, history, signal } = {}) => {
      const only =
        revision === undefined
          ? undefined
          : await changedSince(git, await resolveRevision(git, revision, workspace.remote ?? config.promotion.remote));
      if (sources && changed) await readAgain(sources, changed);
      else sources = await look();
      signal?.throwIfAborted();
      surroundings = await lookAround(rules, { thorough, history });
      signal?.throwIfAborted();
      const all = new Map(files);
      const paths = sources.files.map(({ path }) => path);
      const listed = new Set(paths);
      // What git ignores is not checked, on disk or in an editor.
      for (const [path, text] of overlay ?? []) if (listed.has(path) && readsFile(path)) all.set(path, await typedFacts(path, text));
      const result = evaluate(
        RULE_DEFINITIONS,
        { ...surroundings, config, paths, submodules: sources.submodules, files: all },
        { rules, stage, only, today: dayInZone(new Date(), config.evidence.time_zone), suppressionRanges: ranges },
      );
      return { ...result, notices: [...notLookedAt(sources.unopened), ...result.notices] };
    },
  };
}

const readersOf = (path: string) => READERS.filter((reader) => reader.reads(path));

function notLookedAt(submodules: readonly string[]): string[] {
  if (submodules.length === 0) return [];
  const what = submodules.length === 1 ? 'is a submodule that is' : `are ${count(submodules.length, 'submodule')} that are`;
  return [`${submodules.join(', ')} ${what} not checked out: what is in it was not looked at. Run \`git submodule update --init\`.`];
}
