import { newestRecords } from '../../adapters/files/evidence-store.ts';
import { commitFiles } from '../../adapters/git/commit-files.ts';
import { commitsOf, differingFiles, hasCommit, isAncestor } from '../../adapters/git/history.ts';
import type { DeploymentFacts } from '../../core/deployment/prepare.ts';
import { addonsFolders, type Config } from '../../core/config/schema.ts';
import type { EvidenceRecord } from '../../core/evidence/record.ts';
import type { Commit } from '../../core/repository/commit.ts';
import { touchedModules } from '../../core/repository/module.ts';
import type { Sha } from '../../core/repository/names.ts';
import { moduleChanges } from '../promotion/modules.ts';
import type { Workspace } from '../workspace.ts';

type EnvironmentName = DeploymentFacts['environment'];

export interface PastDeployments {
  /** What the last passed deployment put there. */
  previous: Sha | null;
  /** What the last one left running, passed or not; null where nobody can say. */
  running: Sha | null;
  /** What the last one tried to put there, passed or not. */
  lastTried: Sha | null;
  /** What any passed one put there. */
  ran: ReadonlySet<Sha>;
}

/** What an environment was put through, by the records. One that never got to its command changed nothing. */
export async function pastDeployments(workspace: Workspace, environment: EnvironmentName): Promise<PastDeployments> {
  const tried: Sha[] = [];
  const ran: Sha[] = [];
  let running: Sha | null = null;
  for await (const { record } of newestRecords(workspace.evidenceRoot)) {
    const sha = deployedSha(record, environment);
    if (sha === null) continue;
    tried.push(sha);
    if (tried.length === 1 && record.outcome?.act === 'deployment') running = record.outcome.sha;
    if (record.result === 'passed') ran.push(sha);
  }
  return { previous: ran[0] ?? null, running, lastTried: tried[0] ?? null, ran: new Set(ran) };
}

function deployedSha({ plan, outcome, hash }: EvidenceRecord, environment: EnvironmentName): Sha | null {
  return hash !== null && plan.act === 'deployment' && plan.environment === environment && outcome !== null ? plan.sha : null;
}

/** What git and the evidence say of an environment whose branch stands at a commit. */
export async function deploymentFacts(
  workspace: Workspace,
  { environment, remote, branch, tip }: Pick<DeploymentFacts, 'environment' | 'remote' | 'branch'> & { tip: Commit },
  config: Config,
): Promise<DeploymentFacts> {
  const { git } = workspace;
  const { previous, running, lastTried, ran } = await pastDeployments(workspace, environment);
  // A commit that a force push took away may be gone from here: then nobody can compare.
  const base = running ?? previous;
  const known = base !== null && (await hasCommit(git, base)) ? base : null;
  const later = [...new Set([known, lastTried])].filter((sha) => sha !== null);
  const [commits, paths, files, below] = await Promise.all([
    known === null ? [tip] : commitsOf(git, [`${known}..${tip.sha}`]),
    known === null ? [] : differingFiles(git, known, tip.sha),
    commitFiles(git, tip.sha),
    Promise.all(later.map(async (sha) => (await hasCommit(git, sha)) && isAncestor(git, tip.sha, sha))),
  ]);
  const folders = touchedModules(
    paths.map((path) => ({ path })),
    addonsFolders(config),
  );
  return {
    environment,
    remote,
    branch,
    tip,
    previous,
    running,
    lastTried,
    ranBefore: ran.has(tip.sha) || below.includes(true),
    commits,
    modules: known === null ? [] : await moduleChanges(git, known, tip.sha, folders),
    files: files.paths,
  };
}
