import { STAGE_OF } from '../branches.ts';
import type { Config } from '../config/schema.ts';
import { milliseconds } from '../config/duration.ts';
import type { Commit } from '../repository/commit.ts';
import type { ModuleChange } from '../repository/module.ts';
import type { Sha } from '../repository/names.ts';
import { migrationsOf } from './migrations.ts';
import type { DeploymentPlan } from './plan.ts';
import { settingsOf } from './settings.ts';

/** What git and the evidence say of an environment. */
export interface DeploymentFacts {
  environment: 'staging' | 'production';
  remote: string;
  branch: string;
  /** The tip of the branch on the remote. */
  tip: Commit;
  /** What the last passed deployment put there; null where none is known. */
  previous: Sha | null;
  /** What it runs, by the last one that got to its command; null where nobody can say. */
  running: Sha | null;
  /** What the last deployment tried to put there, passed or not. */
  lastTried: Sha | null;
  /** True where the tip is below what an earlier deployment brought, or is what one brought. */
  ranBefore: boolean;
  /** Commits of the tip that what runs lacks, else `previous`, newest first. */
  commits: readonly Commit[];
  modules: readonly ModuleChange[];
  /** Paths of the tip's files. */
  files: readonly string[];
}

/**
 * The whole of a deployment as a value, before anything happens (§6.2).
 * @param config that of the commit to be deployed
 * @throws OpsError `usage` where it does not say how to deploy
 */
export function planDeployment(facts: DeploymentFacts, config: Config): DeploymentPlan {
  const { environment, tip, previous } = facts;
  const settings = settingsOf(config, environment);
  return {
    act: 'deployment',
    environment,
    stage: STAGE_OF[environment],
    remote: facts.remote,
    branch: facts.branch,
    sha: tip.sha,
    previous_sha: previous,
    running_sha: facts.running,
    // Once more what runs, or what just failed, is no way back.
    rollback: facts.ranBefore && tip.sha !== facts.lastTried,
    // Where nobody knows what ran before, nobody knows what is new but the commit itself.
    commits: previous === null && facts.running === null ? [tip] : [...facts.commits],
    modules: [...facts.modules],
    migrations: migrationsOf(facts.modules, facts.files, config.odoo.version),
    url: config.environments[environment].url ?? null,
    timeout_ms: milliseconds(settings.timeout),
  };
}
