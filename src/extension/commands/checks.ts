import * as vscode from 'vscode';
import { CONFIG_FILE } from '../../core/config/schema.ts';
import { isOpsError } from '../../core/errors.ts';
import { countFindings, type Finding } from '../../core/policy/finding.ts';
import { count } from '../../core/text.ts';
import type { PolicyModel } from '../policy/model.ts';

async function openProblems(message: string): Promise<void> {
  const choice = await vscode.window.showWarningMessage(message, 'Show Problems');
  if (choice !== undefined) await vscode.commands.executeCommand('workbench.actions.view.problems');
}

/**
 * Checks the repository with its history and the control plane, and says once what came of it.
 * @returns the findings; undefined where odoo-ops.yml is not valid
 */
export async function runChecksCommand(model: PolicyModel): Promise<readonly Finding[] | undefined> {
  if (!vscode.workspace.isTrusted) {
    void vscode.window.showInformationMessage('Trust this workspace to let Odoo Ops read it.');
    return undefined;
  }
  try {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Check the repository', cancellable: true },
      (_, token) => {
        const controller = new AbortController();
        token.onCancellationRequested(() => controller.abort());
        return model.now({ changed: 'all', reopen: true, thorough: true }, controller.signal);
      },
    );
  } catch (error) {
    if (!isOpsError(error, 'config')) throw error;
    void openProblems(`${CONFIG_FILE} is not valid.`);
    return undefined;
  }
  if (!model.shown) return undefined;
  const { findings, files } = model.shown.result;
  if (findings.length === 0) void vscode.window.showInformationMessage(`No findings in ${count(files, 'file')}.`);
  else void openProblems(`${countFindings(findings)} in ${count(files, 'file')}.`);
  return findings;
}
