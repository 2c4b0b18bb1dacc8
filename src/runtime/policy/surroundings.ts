import { sqlTextHash } from '../../adapters/formats/sql.ts';
import { listTree } from '../../adapters/git/objects.ts';
import { remoteBranches } from '../../adapters/git/refs.ts';
import { buildInputs } from '../../core/build/inputs.ts';
import { toOpsError } from '../../core/errors.ts';
import type { Rule } from '../../core/policy/finding.ts';
import type { RepositoryFacts } from '../../core/policy/rule.ts';
import { linearBlockers } from '../../core/promotion/linear.ts';
import { openControlPlane } from '../control-plane/open.ts';
import { liveSchemaProblems, ourMigrations } from '../control-plane/sound.ts';
import { listEvidence } from '../evidence/list.ts';
import { linearFacts } from '../promotion/linear-facts.ts';
import { say, type Workspace } from '../workspace.ts';
import { neutralisationFacts } from './neutralisation.ts';

/** What the rules look at besides the files. */
export type Surroundings = Omit<RepositoryFacts, 'config' | 'paths' | 'files'>;

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
export async function nearSurroundings({ git, config, state }: Workspace, commit = state.head): Promise<Surroundings> {
  return {
    build_inputs: commit === null ? [] : buildInputs(await listTree(git, commit), config),
    blockers: { unknown: 'History was not looked at.' },
    schema_problems: null,
    our_migrations: new Map([...(await ourMigrations())].map(([name, sql]) => [name, sqlTextHash(sql)])),
  };
}

/** History too, as this clone knows it. */
export async function clonesSurroundings(workspace: Workspace): Promise<Surroundings> {
  const [near, blockers] = await Promise.all([nearSurroundings(workspace), blockersOf(workspace)]);
  return { ...near, blockers };
}

/** History, the control plane and the database of staging too, as far as the rules that are asked for need them. */
export async function allSurroundings(workspace: Workspace, rules: readonly Rule[], named: boolean): Promise<Surroundings> {
  const [near, blockers, problems, neutralisation] = await Promise.all([
    nearSurroundings(workspace),
    rules.includes('linear-promotion') ? blockersOf(workspace) : { unknown: 'History was not looked at.' },
    rules.includes('row-level-security') ? schemaProblems(workspace, named) : null,
    rules.includes('staging-neutralised') ? neutralisationFacts(workspace) : null,
  ]);
  return { ...near, blockers, schema_problems: problems, neutralisation };
}
