import * as vscode from 'vscode';
import type { OverviewModel } from './overview-model.ts';

const SCOPES = ['repo'];

/** Takes the GitHub session that the person has; asks for one only after a click (`odooOps.signIn`). */
export function followGitHubSession(model: OverviewModel): vscode.Disposable {
  const update = async () => {
    // Nobody waits for it: without an authentication provider VS Code takes seconds to say so.
    const session = await Promise.resolve(vscode.authentication.getSession('github', SCOPES, { silent: true })).catch(() => undefined);
    void vscode.commands.executeCommand('setContext', 'odooOps.gitHub', session !== undefined || process.env['GITHUB_TOKEN'] !== undefined);
    model.setGitHubToken(session?.accessToken ?? null);
    if (session) await model.refresh();
  };
  void update();
  return vscode.authentication.onDidChangeSessions(({ provider }) => {
    if (provider.id === 'github') void update();
  });
}

export async function signIn(): Promise<void> {
  await vscode.authentication.getSession('github', SCOPES, { createIfNone: true });
}
