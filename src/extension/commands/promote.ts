import * as vscode from 'vscode';
import type { PromotionPlan } from '../../core/promotion/plan.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { count } from '../../core/text.ts';
import type { Documents } from '../documents.ts';
import { gitHubToken } from '../github.ts';
import type { Host } from '../host.ts';
import type { OverviewModel } from '../overview-model.ts';

/** What a caller may say instead of a person. */
export interface PromoteArguments {
  from: string;
  to: string;
  /** The environment's name, as a person would type it. For production it counts in tests only: there a person has to. */
  confirm?: string;
}

type PromoteTarget = PromoteArguments | { kind: 'build'; branch: string } | { kind: 'environment'; name: string } | undefined;

async function chooseRoute(model: OverviewModel, target: PromoteTarget): Promise<PromoteArguments | undefined> {
  if (target && 'from' in target) return target;
  if (!model.overview) await model.refresh();
  const environments = model.overview?.environments ?? [];
  const staging = environments.find(({ name }) => name === 'staging')?.branch;
  const production = environments.find(({ name }) => name === 'production')?.branch;
  if (staging == null || production == null) {
    void vscode.window.showInformationMessage('Promotions need a repository with a remote. The Odoo Ops view says what is missing.');
    return undefined;
  }
  if (target?.kind === 'build') return { from: target.branch, to: staging };
  if (target?.kind === 'environment' && target.name === 'staging') return { from: staging, to: production };
  const routes = [
    { label: `$(server-environment) ${staging} → ${production}`, description: 'to production', from: staging, to: production },
    ...(model.overview?.pullRequests ?? []).map(({ branch, tip }) => ({
      label: `$(beaker) ${branch} → ${staging}`,
      description: `to staging · ${shortSha(tip.sha)}`,
      detail: tip.subject,
      from: branch,
      to: staging,
    })),
  ];
  return vscode.window.showQuickPick(routes, { title: 'Promote', placeHolder: 'Which branch moves up?', matchOnDetail: true });
}

function summary(plan: PromotionPlan): string {
  const modules = plan.modules.map(({ module, old_version, new_version }) =>
    old_version === new_version ? module : `${module} ${old_version ?? 'new'} → ${new_version ?? 'removed'}`,
  );
  return [
    `${plan.remote}/${plan.to}: ${shortSha(plan.to_sha)} → ${plan.method === 'merge' ? 'merge of ' : ''}${shortSha(plan.from_sha)}`,
    `${count(plan.commits.length, 'commit')} by ${plan.authors
      .slice(0, 5)
      .map(({ name }) => name)
      .join(', ')}`,
    `${count(plan.files.length, 'file')}; ${modules.length === 0 ? 'no module' : modules.slice(0, 8).join(', ')}`,
    `${count(plan.gates.length, 'gate')}: ${plan.gates.map(({ name }) => name).join(', ')}`,
    ...(plan.by === 'merge-api' && plan.pull_request ? [`GitHub merges pull request #${plan.pull_request.number}, by its rules`] : []),
    ...plan.notices,
  ].join('\n');
}

/** Asks before anything is changed: a dialog for staging, the typed name for production. */
async function confirmed(plan: PromotionPlan, given: string | undefined, mode: vscode.ExtensionMode): Promise<boolean> {
  if (given === plan.environment && (given === 'staging' || mode === vscode.ExtensionMode.Test)) return true;
  if (given !== undefined && given !== plan.environment) {
    void vscode.window.showErrorMessage(`Nothing was promoted: ${plan.to} is ${plan.environment}, not ${given}.`);
    return false;
  }
  const choice = await vscode.window.showWarningMessage(
    `Promote ${plan.from} to ${plan.environment}?`,
    { modal: true, detail: summary(plan) },
    'Promote',
  );
  if (choice !== 'Promote') return false;
  if (plan.environment !== 'production') return true;
  const typed = await vscode.window.showInputBox({
    title: `Promote ${plan.from} to production`,
    prompt: 'Type production to go on.',
    ignoreFocusOut: true,
    validateInput: (value) => (value === '' || 'production'.startsWith(value) ? undefined : 'Type production, or press Escape.'),
  });
  return typed === 'production';
}

/** Plan as a document, confirmation, progress with cancel, one notice with a link to the evidence. */
export async function promoteCommand(
  host: Host,
  model: OverviewModel,
  documents: Documents,
  mode: vscode.ExtensionMode,
  target: PromoteTarget,
): Promise<string | undefined> {
  const route = await chooseRoute(model, target);
  if (!route) return undefined;
  const { from, to } = route;
  const plan = await host.withProgress(`Plan ${from} → ${to}`, async (workspace) => {
    const { preparePromotion } = await import('../../runtime/promotion/plan.ts');
    return preparePromotion(workspace, { from, to, emergency: null, gitHubToken: gitHubToken() });
  });
  const { planText } = await import('../../core/promotion/text.ts');
  await documents.show(`Promote ${from} to ${to}`, planText(plan));
  if (plan.nothing_to_do) {
    void vscode.window.showInformationMessage(`${to} already holds ${from}. Nothing to do.`);
    return undefined;
  }
  const [blocker] = plan.blockers;
  if (blocker) {
    void vscode.window.showErrorMessage(`${blocker.message} ${blocker.hint}`);
    return undefined;
  }
  if (!(await confirmed(plan, route.confirm, mode))) return undefined;
  const { record, folder } = await host.withProgress(`Promote ${from} → ${to}`, async (workspace) => {
    const { promote } = await import('../../runtime/promotion/promote.ts');
    return promote(workspace, plan, { gitHubToken: gitHubToken() });
  });
  void model.refresh();
  const sha = record.outcome?.act === 'promotion' ? record.outcome.sha : null;
  const passed = record.result === 'passed' && sha !== null;
  const ended = record.result === 'failed' ? 'Failed' : 'Refused';
  host.notify(passed ? `${to} is at ${shortSha(sha)}.` : `${ended}: ${record.message ?? 'a gate did not pass'}`, passed, folder);
  return folder;
}
