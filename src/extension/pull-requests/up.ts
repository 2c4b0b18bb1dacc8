import * as vscode from 'vscode';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { plainText } from '../../core/text.ts';
import { gitHubToken } from '../github.ts';
import type { Host } from '../host.ts';
import { chooseNumber, isConfirmed, type Target } from './choose.ts';
import type { PullRequestsModel } from './model.ts';
import { isChanging } from './state.ts';
import { forkText, upText } from './words.ts';

const SHOW_CHANGE = 'Show the Change';

/** Lets a stranger's commit run, after somebody said to have read it. @returns the commit, or undefined where nobody did */
async function approved(
  plan: EnvironmentPlan,
  author: string,
  given: string | undefined,
  mode: vscode.ExtensionMode,
): Promise<string | undefined> {
  const { number, sha, pull_request_url } = plan;
  if (sha === null) return undefined;
  if (given !== undefined && mode === vscode.ExtensionMode.Test) return given;
  const approve = `Approve ${shortSha(sha)}`;
  for (;;) {
    const choice = await vscode.window.showWarningMessage(
      `Let the code of #${number} run, by ${plainText(author)}?`,
      { modal: true, detail: forkText(plan, author) },
      // The first is what Enter presses.
      ...(pull_request_url === null ? [] : [SHOW_CHANGE]),
      approve,
    );
    if (choice !== SHOW_CHANGE || pull_request_url === null) return choice === approve ? sha : undefined;
    await vscode.env.openExternal(vscode.Uri.parse(`${pull_request_url}/files`));
  }
}

/** Builds the environment of a pull request, or builds it anew: plan, approval of a fork, dialog, progress, one notice. */
export async function upCommand(
  host: Host,
  model: PullRequestsModel,
  mode: vscode.ExtensionMode,
  target: Target,
): Promise<string | undefined> {
  const number = await chooseNumber(model, target, {
    title: 'Start an Environment',
    fits: (row) => row.pull !== null && !isChanging(row),
    none: 'No pull request is open.',
  });
  if (number === undefined) return undefined;
  const prepare = (approve: string | null) =>
    host.withProgress(`Plan environment ${number}`, async (workspace) => {
      const { prepareUp } = await import('../../runtime/pr-environments/prepare.ts');
      return prepareUp(workspace, number, { approve, gitHubToken: gitHubToken() });
    });
  let plan = await prepare(null);
  // Processes hold no stranger's code, and `up` says so: nobody is asked about what cannot be.
  if (plan.fork && plan.engine === 'process') return build(host, model, plan);
  if (plan.fork) {
    const author = model.find(number)?.pull?.author ?? 'a stranger';
    const approve = await approved(plan, author, target?.approve, mode);
    if (approve === undefined) return undefined;
    plan = await prepare(approve);
  }
  const rebuilds = plan.replaces_sha !== null;
  const question = {
    number,
    message: rebuilds ? `Build environment ${number} anew?` : `Start environment ${number}?`,
    detail: upText(plan),
    button: rebuilds ? 'Rebuild' : 'Start',
  };
  return (await isConfirmed(question, target?.confirm, mode)) ? build(host, model, plan) : undefined;
}

async function build(host: Host, model: PullRequestsModel, plan: EnvironmentPlan): Promise<string> {
  const { number } = plan;
  const { record, folder } = await model.during(number, 'building', (heard) =>
    host.withProgress(
      `Environment ${number}`,
      async (workspace) => {
        const { up } = await import('../../runtime/pr-environments/up.ts');
        return up(workspace, plan, { gitHubToken: gitHubToken() });
      },
      heard,
    ),
  );
  const outcome = record.outcome?.act === 'pr-environment' ? record.outcome : null;
  const open = { title: 'Open', run: () => vscode.commands.executeCommand('odooOps.pullRequest.open', { number }) };
  const why = { title: 'Why?', run: () => vscode.commands.executeCommand('odooOps.pullRequest.explain', { number }) };
  if (record.result !== 'passed' || outcome === null || outcome.state === 'failed')
    host.notify(`Environment ${number} was not made: ${record.message ?? 'see its evidence'}`, false, folder, why);
  else if (outcome.state === 'waiting') host.notify(`Environment ${number} is built, and waits for its turn: others run.`, true, folder);
  else if (outcome.verdict === 'red') host.notify(`Environment ${number} is up, and red.`, false, folder, why);
  else host.notify(`Environment ${number} is up${outcome.verdict === 'yellow' ? '; its log warns' : ''}.`, true, folder, open);
  return folder;
}
