import { listTree } from '../adapters/git/objects.ts';
import { remoteBranches } from '../adapters/git/refs.ts';
import { workTreeFiles } from '../adapters/git/work-tree.ts';
import { addonsPathStatements, isSurface, stageStatements } from '../adapters/files/surfaces.ts';
import { workTreeFileTree } from '../adapters/files/work-tree-files.ts';
import { buildInputs } from '../core/build/inputs.ts';
import type { Config } from '../core/config/schema.ts';
import { checkAddonsPathOrder } from '../core/policy/addons-path-order.ts';
import { RULES, type Finding, type Rule } from '../core/policy/finding.ts';
import { checkLinearPromotion } from '../core/policy/linear-promotion.ts';
import { checkOdooStage } from '../core/policy/odoo-stage.ts';
import { checkRowLevelSecurity, isSupabaseMigration } from '../core/policy/old-row-level-security.ts';
import { checkReproducibleBuild } from '../core/policy/old-reproducible-build.ts';
import { toOpsError } from '../core/errors.ts';
import { linearBlockers } from '../core/promotion/linear.ts';
import type { FileTree } from '../core/repository/file-tree.ts';
import { listEvidence } from './evidence/list.ts';
import { openControlPlane } from './control-plane/open.ts';
import { ourMigrations, liveSchemaProblems } from './control-plane/sound.ts';
import { linearFacts } from './promotion/linear-facts.ts';
import { say, type Workspace } from './workspace.ts';

export interface CheckResult {
  /** Rules that were looked at; a rule without its facts (no remote, say) is not among them. */
  rules: Rule[];
  findings: Finding[];
  files: number;
}

/** Findings that the files alone tell: `addons-path-order` and `odoo-stage`. */
export async function configurationFindings(files: FileTree, config: Config): Promise<Finding[]> {
  const texts = await files.read(files.paths.filter(isSurface));
  const statements = [...texts].flatMap(([path, text]) => addonsPathStatements(path, text));
  const stages = [...texts].flatMap(([path, text]) => stageStatements(path, text));
  return [...checkAddonsPathOrder(statements, config), ...checkOdooStage(stages)];
}

async function linearFindings(workspace: Workspace): Promise<Finding[] | null> {
  const { git, remote, config, state } = workspace;
  if (remote === null || state.shallow) return null;
  const branches = await remoteBranches(git, remote);
  const staging = branches.get(config.branches.staging)?.sha;
  const production = branches.get(config.branches.production)?.sha;
  if (staging === undefined || production === undefined) return null;
  const facts = await linearFacts(
    git,
    remote,
    config,
    { staging, production, candidate: staging, intoStaging: false },
    await listEvidence(workspace),
  );
  return checkLinearPromotion(linearBlockers(facts));
}

/**
 * @param asked the person named the rule: then a control plane that does not answer is an error, and not a rule that is left out
 * @returns null where there is nothing to look at: neither SQL of a Supabase project nor a control plane
 */
async function securityFindings(workspace: Workspace, files: FileTree, asked: boolean): Promise<Finding[] | null> {
  const sql = await files.read(files.paths.filter(isSupabaseMigration));
  const live = await openControlPlane(workspace)
    .then((plane) => plane && liveSchemaProblems(plane))
    .catch((error: unknown) => {
      const known = toOpsError(error);
      if (asked || known.code === 'cancelled') throw error;
      say(workspace.context, `The control plane was not checked: ${known.message}`, 'warning');
      return null;
    });
  if (live === null && sql.size === 0) return null;
  return checkRowLevelSecurity(sql, await ourMigrations(), live);
}

/** Checks the work tree and the history as this clone knows it, and the control plane where one is configured. */
export async function check(workspace: Workspace, only: readonly Rule[] = RULES): Promise<CheckResult> {
  const { git, config, state } = workspace;
  const paths = await workTreeFiles(git);
  const files = workTreeFileTree(workspace.root, paths);
  const [configuration, linear, security, inputs] = await Promise.all([
    configurationFindings(files, config),
    only.includes('linear-promotion') ? linearFindings(workspace) : null,
    only.includes('row-level-security') ? securityFindings(workspace, files, only !== RULES) : null,
    state.head === null ? [] : listTree(git, state.head).then((tree) => buildInputs(tree, config)),
  ]);
  const findings = [...configuration, ...(linear ?? []), ...(security ?? []), ...checkReproducibleBuild(paths, inputs)].filter(({ rule }) =>
    only.some((one) => one === rule),
  );
  const lacking = new Set<Rule>([
    ...(linear === null ? (['linear-promotion'] as const) : []),
    ...(security === null ? (['row-level-security'] as const) : []),
  ]);
  const rules = only.filter((rule) => !lacking.has(rule));
  return { rules, findings, files: paths.length };
}
