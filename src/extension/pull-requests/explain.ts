import * as vscode from 'vscode';
import type { Documents, FilesBeside } from '../documents.ts';
import type { Host } from '../host.ts';
import { askAgain, chooseNumber, type Target } from './choose.ts';
import type { PullRequestsModel } from './model.ts';
import { explainText, type Recorded } from './explain-text.ts';
import { stateOf, stateText } from './state.ts';

/** The files of the newest record that a person may want to read. */
async function recordOf(host: Host, folder: string): Promise<(Recorded & { beside: FilesBeside }) | null> {
  const [{ findAct }, { readEntryFile }, { RECORD_FILE }] = await Promise.all([
    import('../../runtime/find-act.ts'),
    import('../../runtime/evidence/list.ts'),
    import('../../core/evidence/record.ts'),
  ]);
  const workspace = await host.open({ signal: AbortSignal.timeout(30_000), report: host.logEvent });
  const { entry } = await findAct(workspace, folder);
  if (!entry) return null;
  const { outcome } = entry.record;
  return {
    uncovered: outcome?.act === 'pr-environment' ? outcome.uncovered : [],
    files: [...entry.record.files.map(({ path }) => path).filter((path) => /^logs\/|\.json$/.test(path)), RECORD_FILE],
    message: entry.record.result === 'passed' ? null : entry.record.message,
    beside: {
      folder: vscode.Uri.joinPath(vscode.Uri.file(workspace.root), entry.folder),
      read: async (path) => (await readEntryFile(workspace, entry, path)).toString(),
    },
  };
}

/** Why an environment is yellow, red or failed, as a document with links to its logs. */
export async function explainCommand(host: Host, model: PullRequestsModel, documents: Documents, target: Target): Promise<void> {
  const number = await chooseNumber(model, target, {
    title: 'Why Is It Red or Yellow?',
    fits: (row) => stateOf(row) === 'failed' || (row.environment?.lines.length ?? 0) > 0,
    none: 'No environment is yellow, red or failed.',
  });
  if (number === undefined) return;
  // Right after a build, what came of it is still being asked for.
  if (model.state !== 'ready' || model.find(number)?.doing) await askAgain(model);
  const row = model.find(number);
  const environment = row?.environment;
  if (!row || !environment) {
    void vscode.window.showInformationMessage(`Nothing is known of an environment of #${number}.`);
    return;
  }
  const record = environment.evidence === null ? null : await recordOf(host, environment.evidence).catch(() => null);
  const text = explainText(row, environment, record ?? { files: [], message: null, uncovered: [] });
  await documents.show(`#${number} ${stateText(row)}`, text, record?.beside);
}
