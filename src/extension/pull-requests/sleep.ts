import * as vscode from 'vscode';
import { gitHubToken } from '../github.ts';
import type { Host } from '../host.ts';
import { chooseNumber, type Target } from './choose.ts';
import type { PullRequestsModel } from './model.ts';
import { exists, stateOf } from './state.ts';

/** Puts an environment to sleep. Nothing is lost, so nobody is asked. */
export async function stopCommand(host: Host, model: PullRequestsModel, target: Target): Promise<void> {
  const number = await chooseNumber(model, target, {
    title: 'Stop an Environment',
    fits: (row) => stateOf(row) === 'running',
    none: 'No environment runs.',
  });
  if (number === undefined) return;
  await model.during(number, 'stopping', (heard) =>
    host.withProgress(
      `Stop environment ${number}`,
      async (workspace) => {
        const { stopEnvironment } = await import('../../runtime/pr-environments/sleep.ts');
        await stopEnvironment(workspace, number, { gitHubToken: gitHubToken() });
      },
      heard,
    ),
  );
}

/** Wakes an environment, and offers to open it. */
export async function wakeCommand(host: Host, model: PullRequestsModel, target: Target): Promise<void> {
  const number = await chooseNumber(model, target, {
    title: 'Wake an Environment',
    fits: (row) => exists(row) && stateOf(row) !== 'running',
    none: 'No environment sleeps.',
  });
  if (number === undefined) return;
  await model.during(number, 'waking', (heard) =>
    host.withProgress(
      `Wake environment ${number}`,
      async (workspace) => {
        const { wakeEnvironment } = await import('../../runtime/pr-environments/sleep.ts');
        await wakeEnvironment(workspace, number, { gitHubToken: gitHubToken() });
      },
      heard,
    ),
  );
  // Not awaited: the notice stays until it is read.
  void vscode.window.showInformationMessage(`Environment ${number} is awake.`, 'Open').then((choice) => {
    if (choice !== undefined) void vscode.commands.executeCommand('odooOps.pullRequest.open', { number });
  });
}
