import * as vscode from 'vscode';
import type { OverviewModel } from './overview-model.ts';

const SCOPES = ['repo'];

/** An Enterprise Server has an account of its own: what is for github.com is not sent there. */
function provider(): string {
  const server = process.env['GITHUB_SERVER_URL'];
  return server === undefined || server === 'https://github.com' ? 'github' : 'github-enterprise';
}

let token: string | null = null;

/** Of the session that the person has; null where nobody is signed in: then the environment's counts. */
export const gitHubToken = (): string | null => token;

/** Takes the GitHub session that the person has; asks for one only after a click (`odooOps.signIn`). */
export function followGitHubSession(model: OverviewModel): vscode.Disposable {
  const update = async () => {
    // Nobody waits for it: without an authentication provider VS Code takes seconds to say so.
    const session = await Promise.resolve(vscode.authentication.getSession(provider(), SCOPES, { silent: true })).catch(() => undefined);
    token = session?.accessToken ?? null;
    const known = [token, process.env['GITHUB_TOKEN'], process.env['GH_TOKEN']].some((one) => one != null && one !== '');
    void vscode.commands.executeCommand('setContext', 'odooOps.gitHub', known);
    model.setGitHubToken(token);
    if (token !== null) await model.refresh();
  };
  void update();
  return vscode.authentication.onDidChangeSessions(({ provider: { id } }) => {
    if (id === provider()) void update();
  });
}

export async function signIn(): Promise<void> {
  await vscode.authentication.getSession(provider(), SCOPES, { createIfNone: true });
}
