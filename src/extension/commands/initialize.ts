import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import type { OverviewModel } from '../overview-model.ts';

/** Writes odoo-ops.yml after looking at the repository, and opens it. */
export async function initializeCommand(host: Host, model: OverviewModel): Promise<void> {
  const uri = await host.withProgress('Look at the repository', async (workspace) => {
    const { init } = await import('../../runtime/init.ts');
    const { file } = await init(workspace);
    return vscode.Uri.joinPath(vscode.Uri.file(workspace.root), file);
  });
  await vscode.window.showTextDocument(uri);
  await model.refresh();
}
