import * as vscode from 'vscode';
import { plainText } from '../../core/text.ts';
import { askAgain, chooseNumber, type Target } from './choose.ts';
import type { PullRequestsModel } from './model.ts';
import { stateOf } from './state.ts';

const NOT_RUNNING = 'No environment runs.';

async function chooseUrl(model: PullRequestsModel, target: Target, title: string): Promise<string | undefined> {
  const number = await chooseNumber(model, target, { title, fits: (row) => stateOf(row) === 'running', none: NOT_RUNNING });
  if (number === undefined) return undefined;
  if (model.state !== 'ready') await askAgain(model);
  const url = model.find(number)?.environment?.url ?? '';
  if (url !== '') return url;
  void vscode.window.showInformationMessage(`There is no address of environment ${number}.`);
  return undefined;
}

/** The environment in the browser. `openExternal` forwards the port in Codespaces by itself. */
export async function openCommand(model: PullRequestsModel, target: Target): Promise<void> {
  const url = await chooseUrl(model, target, 'Open an Environment');
  if (url !== undefined) await vscode.env.openExternal(vscode.Uri.parse(url));
}

export async function copyUrlCommand(model: PullRequestsModel, target: Target): Promise<void> {
  const url = await chooseUrl(model, target, 'Copy the Address of an Environment');
  if (url === undefined) return;
  await vscode.env.clipboard.writeText(url);
  vscode.window.setStatusBarMessage(`Copied ${plainText(url)}`, 3000);
}

/** The pull request on GitHub. @param page `checks` for another page of it */
export async function openPullRequestCommand(model: PullRequestsModel, target: Target, page?: string): Promise<void> {
  const number = await chooseNumber(model, target, {
    title: 'Open a Pull Request',
    fits: ({ pull }) => pull !== null,
    none: 'No pull request is open.',
  });
  const url = number === undefined ? undefined : model.find(number)?.pull?.url;
  if (url !== undefined) await vscode.env.openExternal(vscode.Uri.parse(page === undefined ? url : `${url}/${page}`));
}
