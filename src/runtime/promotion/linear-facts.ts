import type { Git } from '../../adapters/git/git.ts';
import { commitsOf, haveCommonAncestor, isAncestor, onFirstParentLine } from '../../adapters/git/history.ts';
import { sharedPatchIds } from '../../adapters/git/patch-id.ts';
import { branchesHolding } from '../../adapters/git/refs.ts';
import { branchRole } from '../../core/branches.ts';
import type { Config } from '../../core/config/schema.ts';
import type { LinearFacts } from '../../core/promotion/linear.ts';
import type { Sha } from '../../core/repository/names.ts';
import type { EvidenceEntry } from '../evidence/list.ts';

/**
 * Commits that came through the recorded emergency path (§4.2): those that git finds between the two commits of a passed record, and
 * not those that the record lists.
 */
async function emergencyCommits(git: Git, production: string, entries: readonly EvidenceEntry[]): Promise<Set<Sha>> {
  const commits = new Set<Sha>();
  for (const { record } of entries) {
    const { plan, outcome } = record;
    if (plan.act !== 'promotion' || plan.emergency === null || plan.to !== production || record.result !== 'passed') continue;
    if (outcome?.act !== 'promotion' || outcome.sha !== plan.from_sha) continue;
    const found = await commitsOf(git, [`${plan.to_sha}..${plan.from_sha}`]).catch(() => []); // commits that this clone never saw
    for (const { sha } of found) commits.add(sha);
  }
  return commits;
}

/** SHAs that a passed promotion put on production: each of them was staging's tip when it did. */
function promotedToProduction(entries: readonly EvidenceEntry[]): Set<Sha> {
  return new Set(
    entries.flatMap(({ record }) =>
      record.plan.act === 'promotion' &&
      record.plan.environment === 'production' &&
      record.result === 'passed' &&
      record.outcome?.act === 'promotion' &&
      record.outcome.sha !== null
        ? [record.outcome.sha]
        : [],
    ),
  );
}

/**
 * What history says of the linear rule.
 * @param tips the commit to be promoted, beside staging's own tip. What it would bring to staging, staging does not lack any more:
 * so a branch can mend a break of the rule.
 */
export async function linearFacts(
  git: Git,
  remote: string,
  config: Config,
  tips: { staging: Sha; production: Sha; candidate: Sha; intoStaging: boolean },
  entries: readonly EvidenceEntry[],
): Promise<LinearFacts> {
  const { staging, production, candidate, intoStaging } = tips;
  const base: LinearFacts = {
    productionOnly: [],
    otherSide: [],
    patchIds: new Map(),
    branchesHolding: new Map(),
    tipSkippedStaging: false,
    productionTip: production,
    emergencies: await emergencyCommits(git, config.branches.production, entries),
  };
  if (!(await haveCommonAncestor(git, production, staging))) return base;
  if (await isAncestor(git, production, staging)) {
    const ran = promotedToProduction(entries).has(production) || (await onFirstParentLine(git, production, staging));
    return { ...base, tipSkippedStaging: !ran };
  }
  const sides = candidate === staging ? [staging] : [staging, candidate];
  const [productionOnly, otherSide, ...patchIds] = await Promise.all([
    commitsOf(git, [production, `^${staging}`, ...(intoStaging ? [`^${candidate}`] : [])]),
    commitsOf(git, [...sides, `^${production}`]),
    ...sides.map((side) => sharedPatchIds(git, production, side)),
  ]);
  const holders = await Promise.all(
    productionOnly.map(async ({ sha }) => {
      const branches = await branchesHolding(git, remote, sha);
      return [sha, branches.filter((branch) => branchRole(branch, config.branches) === 'pull-request')] as const;
    }),
  );
  return { ...base, productionOnly, otherSide, patchIds: new Map(patchIds.flatMap((map) => [...map])), branchesHolding: new Map(holders) };
}
