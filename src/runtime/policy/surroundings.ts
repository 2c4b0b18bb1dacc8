import { sqlTextHash } from '../../adapters/formats/sql/sql.ts';
import type { FactsCache } from '../../adapters/files/facts-cache.ts';
import { remoteBranches } from '../../adapters/git/refs.ts';
import { toOpsError } from '../../core/errors.ts';
import type { Rule } from '../../core/policy/finding.ts';
import type { RepositoryFacts } from '../../core/policy/rule.ts';
import { linearBlockers } from '../../core/promotion/linear.ts';
import { openControlPlane } from '../control-plane/open.ts';
import { liveSchemaProblems, ourMigrations } from '../control-plane/sound.ts';
import { listEvidence } from '../evidence/list.ts';
import { linearFacts } from '../promotion/linear-facts.ts';
import { say, type Workspace } from '../workspace.ts';
import { secretsToPromote } from './commit-secrets.ts';
import { neutralisationFacts } from './neutralisation.ts';

const NOT_LOOKED_AT = { unknown: 'History was not looked at.' };

/** What is asked from outside. */
export type Services = Pick<RepositoryFacts, 'schema_problems' | 'neutralisation'>;

/** What the rules look at besides the files. */
export type Surroundings = Omit<RepositoryFacts, 'config' | 'paths' | 'files' | 'submodules'>;

async function blockersOf(workspace: Workspace): Promise<RepositoryFacts['blockers']> {
  const { git, remote, config, state } = workspace;
  if (remote === null) return { unknown: 'There is no remote to compare with.' };
  if (state.shallow) return { unknown: 'This clone is shallow: run `git fetch --unshallow`.' };
  const branches = await remoteBranches(git, remote);
  const staging = branches.get(config.branches.staging)?.sha;
  const production = branches.get(config.branches.production)?.sha;
  const missing = staging === undefined ? config.branches.staging : production === undefined ? config.branches.production : undefined;
  if (staging === undefined || production === undefined) return { unknown: `${remote} has no branch ${missing ?? ''}.` };
  const candidates = { staging, production, candidate: staging, intoStaging: false };
  return linearBlockers(await linearFacts(git, remote, config, candidates, await listEvidence(workspace)));
}

/** @param asked the person named the rule: then a control plane that does not answer is an error, and not a thing that is left out */
async function schemaProblems(workspace: Workspace, asked: boolean): Promise<RepositoryFacts['schema_problems']> {
  try {
    const plane = await openControlPlane(workspace);
    return plane && (await liveSchemaProblems(plane));
  } catch (error) {
    const known = toOpsError(error);
    if (asked || known.code === 'cancelled') throw error;
    say(workspace.context, `The control plane was not checked: ${known.message}`, 'warning');
    return null;
  }
}

/** What can be told without asking anybody: for a commit under a gate, and while somebody types. */
export async function nearSurroundings(): Promise<Surroundings> {
  const migrations = [...(await ourMigrations())].map(([name, sql]) => [name, sqlTextHash(sql)] as const);
  return { blockers: NOT_LOOKED_AT, schema_problems: null, our_migrations: new Map(migrations) };
}

/** History too, as this clone knows it: its order, and the secrets that its commits bring. */
export async function clonesSurroundings(workspace: Workspace, rules: readonly Rule[], cache: FactsCache): Promise<Surroundings> {
  const [near, blockers, secrets] = await Promise.all([
    nearSurroundings(),
    rules.includes('linear-promotion') ? blockersOf(workspace) : NOT_LOOKED_AT,
    rules.includes('no-secrets') ? secretsToPromote(workspace, cache) : undefined,
  ]);
  await cache.save();
  return { ...near, blockers, ...(secrets ? { commit_secrets: secrets } : {}) };
}

/** What the control plane and the database of staging say. */
export async function services(workspace: Workspace, rules: readonly Rule[], named: boolean): Promise<Services> {
  const [problems, neutralisation] = await Promise.all([
    rules.includes('row-level-security') ? schemaProblems(workspace, named) : null,
    rules.includes('staging-neutralised') ? neutralisationFacts(workspace) : null,
  ]);
  return { schema_problems: problems, neutralisation };
}
