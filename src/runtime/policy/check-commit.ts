import { evaluate } from '../../core/policy/evaluate.ts';
import { RULES } from '../../core/policy/finding.ts';
import type { CheckResult } from '../../core/policy/outcome.ts';
import { RULE_DEFINITIONS } from '../../core/policy/rules.ts';
import type { Sha } from '../../core/repository/names.ts';
import { dayInZone } from '../../core/time.ts';
import { configTextAt } from '../config-at.ts';
import type { Workspace } from '../workspace.ts';
import { commitSecrets } from './commit-secrets.ts';
import { gatherFacts } from './gather.ts';
import { READERS } from './readers.ts';
import { openClonesCache, suppressionRanges } from './session.ts';
import { commitSources } from './sources.ts';
import { nearSurroundings } from './surroundings.ts';

/** Linear promotion is a gate of its own: its facts belong to the plan. */
const RULES_OF_FILES = RULES.filter((rule) => rule !== 'linear-promotion');

/**
 * Checks the files of a commit, whatever is on disk.
 * @param since the commit that its branch comes to: what lies between is looked at for secrets that a later commit took away again
 * @param workspace with the commit's own configuration: a branch may change the addons path and its surfaces together
 */
export async function checkCommit(workspace: Workspace, commit: Sha, since: Sha): Promise<CheckResult> {
  const { git, config } = workspace;
  const [sources, cache, surroundings, text] = await Promise.all([
    commitSources(git, commit),
    openClonesCache(workspace),
    nearSurroundings(),
    configTextAt(git, commit),
  ]);
  const files = await gatherFacts(sources, READERS, cache);
  const secrets = await commitSecrets(workspace, since, commit, cache);
  await cache.save();
  return evaluate(
    RULE_DEFINITIONS,
    {
      ...surroundings,
      commit_secrets: secrets,
      config,
      paths: sources.files.map(({ path }) => path),
      submodules: sources.submodules,
      files,
    },
    {
      rules: RULES_OF_FILES,
      today: dayInZone(new Date(), config.evidence.time_zone),
      suppressionRanges: suppressionRanges(text ?? '', config.policy.suppressions),
    },
  );
}
