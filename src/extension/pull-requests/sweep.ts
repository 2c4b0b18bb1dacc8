import * as vscode from 'vscode';
import { notesText } from '../../core/pr-environments/text.ts';
import { count, sentence } from '../../core/text.ts';
import type { Documents } from '../documents.ts';
import { gitHubToken } from '../github.ts';
import type { Host } from '../host.ts';
import type { PullRequestsModel } from './model.ts';
import { sweepText } from './words.ts';

const SHOW_ALL = 'Show All';

/** Asks until somebody decides. Once all is shown, the question steps aside: a modal one would lie over what is to be read. */
async function isWanted(what: string, detail: string, showAll: () => Promise<unknown>): Promise<boolean> {
  for (let modal = true; ; modal = false) {
    const choice = await vscode.window.showWarningMessage(`Sweep ${what} away?`, { modal, detail }, 'Sweep', SHOW_ALL);
    if (choice !== SHOW_ALL) return choice === 'Sweep';
    await showAll();
  }
}

/** Shows what would go of environments whose pull request is closed or too old, asks, and takes it away. */
export async function sweepCommand(
  host: Host,
  model: PullRequestsModel,
  documents: Documents,
  mode: vscode.ExtensionMode,
  given: { confirm?: boolean } | undefined,
): Promise<string | undefined> {
  const run = (title: string, dryRun: boolean) =>
    host.withProgress(title, async (workspace) => {
      const { sweep } = await import('../../runtime/pr-environments/sweep.ts');
      return sweep(workspace, { dryRun, gitHubToken: gitHubToken() });
    });
  const { plan } = await run('Look what is left of closed pull requests', true);
  const { reclaim } = plan;
  if (reclaim.length === 0) {
    void vscode.window.showInformationMessage('Nothing is left of closed pull requests.');
    return undefined;
  }
  const what = count(reclaim.length, 'thing');
  if (!(mode === vscode.ExtensionMode.Test && given?.confirm === true)) {
    const all = ['# What a sweep takes away', '', ...notesText(reclaim), ''].join('\n');
    if (!(await isWanted(what, sweepText(reclaim), () => documents.show('Sweep', all)))) return undefined;
  }
  const { act } = await run(`Sweep ${what} away`, false);
  void model.refresh();
  const outcome = act?.record.outcome?.act === 'sweep' ? act.record.outcome : null;
  if (!act || !outcome) {
    void vscode.window.showInformationMessage('Nothing was left to sweep.');
    return undefined;
  }
  const { removed, kept, failed = [] } = outcome;
  const [first] = [...failed, ...kept];
  const rest = first ? `, ${kept.length + failed.length} left: ${first.name}: ${sentence(first.reason)}` : '.';
  host.notify(`${count(removed.length, 'thing')} swept away${rest}`, first === undefined, act.folder);
  return act.folder;
}
