import { gitIn } from '../../adapters/git/git.ts';
import { aheadBehind } from '../../adapters/git/history.ts';
import { changedBetween } from '../../adapters/git/listing.ts';
import { resolveRevision } from '../../adapters/git/refs.ts';
import { workTreeChanges } from '../../adapters/git/work-tree.ts';
import { isBuildInput } from '../../core/build/inputs.ts';
import { isBelow } from '../../core/config/paths.ts';
import type { Suppression } from '../../core/config/policy.ts';
import type { BuiltInGateName } from '../../core/gates/gate.ts';
import { countFindings } from '../../core/policy/finding.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { verifyReproducible } from '../build/verify.ts';
import { configAt } from '../config-at.ts';
import { checkCommit } from '../policy/check-commit.ts';
import type { GateInput, GateVerdict } from './gates.ts';

export interface BuiltInGate {
  name: BuiltInGateName;
  title: string;
  timeout: string;
  check: (input: GateInput) => Promise<GateVerdict>;
}

const isSame = (a: Suppression, b: Suppression): boolean => JSON.stringify(a) === JSON.stringify(b);

async function policy({ workspace, plan, candidate, config, log, signal }: GateInput): Promise<GateVerdict> {
  const git = gitIn(workspace.root, signal);
  // Against the candidate's own configuration: a branch may change the addons path and its surfaces together.
  const own = (await configAt(git, candidate)) ?? config;
  const checked = await checkCommit({ ...workspace, git, config: own }, candidate, plan.to_sha);
  const { outcomes, suppressed, notices } = checked;
  const brought = await changedBetween(git, plan.to_sha, candidate);
  // What no rule could read may say anything: a gate that cannot tell has failed. What was so before holds nobody up.
  const findings = checked.findings.map((finding) =>
    finding.rule === 'unreadable-file' && brought.has(finding.file ?? '') ? { ...finding, severity: 'error' as const } : finding,
  );
  for (const { rule, result, why } of outcomes) log(`${result} ${rule}: ${why}`);
  for (const { rule, severity, file, range, message, fix } of findings) {
    log(`${severity}: ${rule}: ${file ?? 'repository'}${range ? `:${range.start.line}:${range.start.column}` : ''}: ${message} ${fix}`);
  }
  for (const { finding, suppression } of suppressed) {
    log(`stands until ${suppression.until}: ${finding.rule}: ${finding.file ?? 'repository'}: ${finding.message} ${suppression.reason}`);
  }
  for (const notice of notices) log(notice);
  const first = findings.find(({ severity }) => severity === 'error');
  const counted = countFindings(findings);
  const isNew = suppressed.filter(({ suppression }) => !config.policy.suppressions.some((known) => isSame(known, suppression)));
  const ofThis = isNew.length > 0 ? ` (${isNew.length} by this very commit: ${isNew.map(({ finding }) => finding.rule).join(', ')})` : '';
  const stand = suppressed.length > 0 ? `, ${suppressed.length} suppressed${ofThis}` : '';
  if (!first) return { result: 'passed', message: `${findings.length > 0 ? counted : 'no findings'}${stand}` };
  const place = first.file === null ? '' : ` ${first.file}${first.range ? `:${first.range.start.line}` : ''}:`;
  return { result: 'failed', message: `${counted}${stand}: ${first.rule}:${place} ${first.message}` };
}

async function cleanWorkTree({ workspace, config, log, signal }: GateInput): Promise<GateVerdict> {
  const changes = await workTreeChanges(gitIn(workspace.root, signal));
  // Untracked files matter where a build would take them in: that is what "forgot to add" looks like.
  const dirty = changes.filter(({ path, tracked }) => !isBelow(path, config.evidence.folder) && (tracked || isBuildInput(path, config)));
  for (const { path, tracked } of dirty) log(`${tracked ? 'changed' : 'untracked'}: ${path}`);
  const names = dirty
    .slice(0, 3)
    .map(({ path }) => path)
    .join(', ');
  return dirty.length === 0
    ? { result: 'passed', message: 'clean' }
    : {
        result: 'failed',
        message: `${dirty.length} uncommitted file${dirty.length === 1 ? '' : 's'} (${names}${dirty.length > 3 ? ', …' : ''}): commit, stash or ignore them`,
      };
}

async function upToDateRemote({ workspace, plan, log, signal }: GateInput): Promise<GateVerdict> {
  const git = gitIn(workspace.root, signal);
  for (const [branch, sha] of [
    [plan.from, plan.from_sha],
    [plan.to, plan.to_sha],
  ] as const) {
    const local = await resolveRevision(git, `refs/heads/${branch}`, plan.remote).catch(() => null);
    if (local === null) continue;
    const { ahead, behind } = await aheadBehind(git, local, sha);
    log(`${branch}: ${ahead} commits not on ${plan.remote}, ${behind} not here`);
    if (ahead > 0) {
      return {
        result: 'failed',
        message: `${branch} has ${ahead} commit${ahead === 1 ? '' : 's'} that ${plan.remote} lacks: push or drop ${ahead === 1 ? 'it' : 'them'}`,
      };
    }
  }
  return { result: 'passed', message: `nothing unpushed; ${plan.to} was at ${shortSha(plan.to_sha)}` };
}

/** The gates that every promotion passes (docs/promotion.md). */
export const BUILT_IN_GATES: readonly BuiltInGate[] = [
  { name: 'clean-work-tree', title: 'Work tree is clean', timeout: '1m', check: cleanWorkTree },
  { name: 'up-to-date-remote', title: 'Nothing is left unpushed', timeout: '1m', check: upToDateRemote },
  {
    name: 'linear-history',
    title: 'Code moves in one direction (§4.2)',
    timeout: '1m',
    check: ({ plan, log }) => {
      for (const { message, hint } of plan.blockers) log(`${message} ${hint}`);
      const [first, ...more] = plan.blockers;
      const message = first ? `${first.message}${more.length > 0 ? ` And ${more.length} more.` : ''}` : 'linear';
      return Promise.resolve({ result: first ? 'failed' : 'passed', message });
    },
  },
  { name: 'policy', title: 'The rules of the constitution hold', timeout: '5m', check: policy },
  {
    name: 'reproducible-build',
    title: 'Two builds are byte-identical (§5.3)',
    timeout: '10m',
    check: async ({ workspace, candidate, log, signal }) => {
      const { first, second } = await verifyReproducible(gitIn(workspace.root, signal), candidate);
      log(`first  ${first.artifact.sha256}`);
      log(`second ${second.artifact.sha256}`);
      return first.artifact.sha256 === second.artifact.sha256
        ? { result: 'passed', message: `${first.artifact.files} files, sha256 ${first.artifact.sha256.slice(0, 12)}` }
        : { result: 'failed', message: 'two builds of the same commit differ' };
    },
  },
];
