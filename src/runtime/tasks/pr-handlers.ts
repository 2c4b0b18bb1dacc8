import { isOpsError, OpsError } from '../../core/errors.ts';
import type { EvidenceRecord } from '../../core/evidence/record.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import type { PayloadOf } from '../../core/tasks/kinds.ts';
import type { TaskResult } from '../../core/tasks/task.ts';
import { count } from '../../core/text.ts';
import { openForge } from '../forge.ts';
import { down } from '../pr-environments/down.ts';
import { prepareDown, prepareUp } from '../pr-environments/prepare.ts';
import { sweep } from '../pr-environments/sweep.ts';
import { up } from '../pr-environments/up.ts';
import type { Workspace } from '../workspace.ts';
import { fetchFirst } from './fetch-first.ts';

/** A worker has what its environment has: GITHUB_TOKEN or GH_TOKEN. */
const NOBODY = { gitHubToken: null };

/** @throws OpsError `failed` or `refused` with what the record says, where the act did not pass */
function resultOf({ id, result, message }: EvidenceRecord): TaskResult {
  if (result === 'passed') return { message: message ?? 'done', evidence_id: id };
  throw new OpsError(result === 'refused' ? 'refused' : 'failed', message ?? `It ${result}.`, { details: { record: id } });
}

/** The head of a pull request as GitHub has it now; null where it is not open. */
async function headOf(workspace: Workspace, number: number): Promise<string | null> {
  const pull = await (await openForge(workspace, null))?.pullRequest(number, workspace.context.signal);
  return pull?.state === 'open' ? pull.head : null;
}

/**
 * Builds the environment of a pull request at its head. Whoever asks while it is built gets this task, so it looks again at its end.
 * @throws OpsError `moved` where there is a newer commit: the next attempt builds that
 */
export async function prUp(workspace: Workspace, { number, approve }: PayloadOf<'pr-up'>): Promise<TaskResult> {
  await fetchFirst(workspace);
  const plan = await prepareUp(workspace, number, { approve: approve ?? null, ...NOBODY });
  let result: TaskResult;
  try {
    result = resultOf((await up(workspace, plan, NOBODY)).record);
  } catch (error) {
    if (!isOpsError(error, 'moved')) throw error;
    const head = await headOf(workspace, number);
    if (head !== null && head !== plan.sha) throw error;
    // Another attempt would end the newer one, which ended this.
    return { message: head === null ? `Pull request ${number} is not open any more.` : 'Somebody builds it anew.', evidence_id: null };
  }
  const head = await headOf(workspace, number);
  if (head === null || head === plan.sha) return result;
  throw new OpsError('moved', `Pull request ${number} has a new commit, ${shortSha(head)}.`, { details: { number, head } });
}

/** Takes an environment down. */
export async function prDown(workspace: Workspace, { number }: PayloadOf<'pr-down'>): Promise<TaskResult> {
  return resultOf((await down(workspace, await prepareDown(workspace, number, NOBODY), NOBODY)).record);
}

/** Takes away what no open pull request needs. */
export async function sweepTask(workspace: Workspace): Promise<TaskResult> {
  await fetchFirst(workspace);
  const { plan, act, stopped } = await sweep(workspace, { dryRun: false, ...NOBODY });
  const [first] = stopped;
  if (first) {
    throw new OpsError('refused', `Environment ${first.number} was stopped: it is not harmless any more. ${first.reason}`, {
      hint: 'Look at what it does, and build it anew: `odoo-ops pr rebuild`.',
      details: { stopped },
    });
  }
  return act ? resultOf(act.record) : { message: `Nothing to sweep; ${count(plan.open.length, 'pull request')} open.`, evidence_id: null };
}
