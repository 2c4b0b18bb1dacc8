import { changesBetween, commonCommits, commitsOf, haveCommonAncestor, isAncestor } from '../../adapters/git/history.ts';
import { mergeTree } from '../../adapters/git/merge.ts';
import { fetchRemote, remoteBranches } from '../../adapters/git/refs.ts';
import { requireHistory } from '../../adapters/git/repository.ts';
import { addonsFolders, configSchema, type Config } from '../../core/config/schema.ts';
import { OpsError } from '../../core/errors.ts';
import { planPromotion, type PromotionFacts, type PromotionPlan } from '../../core/promotion/plan.ts';
import type { Commit } from '../../core/repository/commit.ts';
import { touchedModules } from '../../core/repository/module.ts';
import { branchNameSchema, type Sha } from '../../core/repository/names.ts';
import { configAt } from '../config-at.ts';
import { listEvidence } from '../evidence/list.ts';
import { refreshEvidence } from '../evidence/refresh.ts';
import { gatePlans } from '../gates/gates.ts';
import { requireRemote, type Workspace } from '../workspace.ts';
import { linearFacts } from './linear-facts.ts';
import { moduleChanges } from './modules.ts';
import { askForPullRequest } from './pull-request.ts';

export interface PromotionOptions {
  from: string;
  to: string;
  emergency: { reason: string } | null;
  /** Of the person who is signed in to GitHub; without one that of the environment counts. */
  gitHubToken?: string | null;
}

export function branchName(word: string): string {
  const name = branchNameSchema.safeParse(word);
  if (name.success) return name.data;
  throw new OpsError('usage', name.error.issues[0]?.message ?? 'Not a branch name.', {
    hint: 'Name branches of the remote, as in `odoo-ops plan promote main production`.',
  });
}

function tipOf(branches: ReadonlyMap<string, Commit>, branch: string, remote: string): Sha {
  const tip = branches.get(branch);
  if (tip) return tip.sha;
  throw new OpsError('repository', `There is no branch ${JSON.stringify(branch)} on ${remote}.`, {
    hint: `Push it with \`git push ${remote} ${branch}\`. The remote has: ${[...branches.keys()].slice(0, 20).join(', ')}.`,
    details: { branch, remote },
  });
}

/**
 * The promotion of one branch into another, as a value: asks the remote and the history, changes nothing.
 * @throws OpsError `usage` or `repository` for branches that cannot be read; a plan that may not be applied has `blockers`
 */
export async function preparePromotion(workspace: Workspace, options: PromotionOptions): Promise<PromotionPlan> {
  const [from, to] = [branchName(options.from), branchName(options.to)];
  if (from === to) throw new OpsError('usage', `${from} cannot be promoted to itself.`, { hint: 'Name the branch it should go to.' });
  requireHistory(workspace.state);
  const remote = requireRemote(workspace);
  await fetchRemote(workspace.git, remote);
  await refreshEvidence(workspace);
  const branches = await remoteBranches(workspace.git, remote);
  const [{ facts, config }, asked] = await Promise.all([
    gatherFacts(workspace, remote, branches, from, to),
    askForPullRequest(workspace, from, to, options.gitHubToken ?? null),
  ]);
  const environment = to === config.branches.production ? 'production' : 'staging';
  return planPromotion({ ...facts, ...asked }, config, gatePlans(config, environment), { emergency: options.emergency });
}

/**
 * The rules of a promotion come from staging, which was reviewed: a branch cannot weaken the gates that it must pass. Where staging
 * has no odoo-ops.yml they are the defaults; the work tree only says where things are.
 */
export async function rulesAt(workspace: Workspace, staging: Sha): Promise<Config> {
  const { odoo, branches, evidence, promotion } = workspace.config;
  const rules = await configAt(workspace.git, staging);
  if (rules) return rules;
  const { remote, merge_method } = promotion;
  return configSchema.parse({ odoo, branches, evidence, promotion: { remote, merge_method } });
}

/** Which branches are staging and production is not for the branch to say that is to be promoted. @throws OpsError `refused` */
export function requireSameBranches(rules: Config, other: Config, where: string): void {
  for (const name of ['staging', 'production'] as const) {
    if (rules.branches[name] === other.branches[name]) continue;
    throw new OpsError(
      'refused',
      `odoo-ops.yml says that ${name} is ${rules.branches[name]}, but in ${where} it says ${other.branches[name]}.`,
      {
        hint: 'Make both files say the same: switch to another branch, or change the branches by hand once, with a review.',
      },
    );
  }
}

async function gatherFacts(
  workspace: Workspace,
  remote: string,
  branches: ReadonlyMap<string, Commit>,
  from: string,
  to: string,
): Promise<{ facts: Omit<PromotionFacts, 'pullRequest' | 'notices'>; config: Config }> {
  const { git } = workspace;
  const [fromSha, toSha] = [tipOf(branches, from, remote), tipOf(branches, to, remote)];
  const staging = tipOf(branches, workspace.config.branches.staging, remote);
  const config = await rulesAt(workspace, staging);
  requireSameBranches(config, workspace.config, 'the work tree');
  requireSameBranches(config, (await configAt(git, toSha)) ?? config, to);
  const related = await haveCommonAncestor(git, fromSha, toSha);
  const production = branches.get(config.branches.production)?.sha ?? staging;
  const merges = to === config.branches.staging && config.promotion.merge_method === 'merge';
  const [commits, files, canFastForward, contained, merge, linear] = await Promise.all([
    commitsOf(git, [`${toSha}..${fromSha}`]),
    related ? changesBetween(git, toSha, fromSha) : [],
    isAncestor(git, toSha, fromSha),
    isAncestor(git, fromSha, toSha),
    related && merges ? mergeTree(git, toSha, fromSha) : null,
    linearFacts(
      git,
      remote,
      config,
      { staging, production, candidate: fromSha, intoStaging: to === config.branches.staging },
      await listEvidence(workspace),
    ),
  ]);
  const stagingCommits = to === config.branches.production ? await commonCommits(git, [fromSha, `^${toSha}`], staging) : 0;
  const modules = await moduleChanges(git, toSha, fromSha, touchedModules(files, addonsFolders(config)));
  return {
    config,
    facts: {
      from: { branch: from, sha: fromSha },
      to: { branch: to, sha: toSha },
      related,
      canFastForward,
      contained,
      commits,
      files,
      modules,
      merge,
      linear,
      stagingCommits: fromSha === staging ? 0 : stagingCommits,
      rulesSha: staging,
    },
  };
}
