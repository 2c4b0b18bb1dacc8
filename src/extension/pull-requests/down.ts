import type * as vscode from 'vscode';
import { count } from '../../core/text.ts';
import { gitHubToken } from '../github.ts';
import type { Host } from '../host.ts';
import { chooseNumber, isConfirmed, type Target } from './choose.ts';
import type { PullRequestsModel } from './model.ts';
import { exists, stateOf } from './state.ts';
import { downText } from './words.ts';

/** Takes an environment down: what goes, dialog, progress, one notice. */
export async function downCommand(
  host: Host,
  model: PullRequestsModel,
  mode: vscode.ExtensionMode,
  target: Target,
): Promise<string | undefined> {
  const number = await chooseNumber(model, target, {
    title: 'Take an Environment Down',
    fits: (row) => exists(row) || stateOf(row) === 'building',
    none: 'There is no environment.',
  });
  if (number === undefined) return undefined;
  const plan = await host.withProgress(`Look at environment ${number}`, async (workspace) => {
    const { prepareDown } = await import('../../runtime/pr-environments/prepare.ts');
    return prepareDown(workspace, number, { gitHubToken: gitHubToken() });
  });
  const message = `Take environment ${number} down?`;
  if (!(await isConfirmed({ number, message, detail: downText(plan), button: 'Take Down' }, target?.confirm, mode))) return undefined;
  const { record, folder } = await model.during(number, 'removing', (heard) =>
    host.withProgress(
      `Take environment ${number} down`,
      async (workspace) => {
        const { down } = await import('../../runtime/pr-environments/down.ts');
        return down(workspace, plan, { gitHubToken: gitHubToken() });
      },
      heard,
    ),
  );
  const removed = record.outcome?.act === 'pr-environment' ? record.outcome.removed.length : 0;
  const passed = record.result === 'passed';
  host.notify(
    passed
      ? `Environment ${number} is gone: ${count(removed, 'thing')} removed, nothing is left.`
      : (record.message ?? `Environment ${number} is still there.`),
    passed,
    folder,
  );
  return folder;
}
