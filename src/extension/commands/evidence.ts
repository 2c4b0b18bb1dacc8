import * as vscode from 'vscode';
import type { Activity } from '../../core/control-plane/questions.ts';
import type { EvidenceEntry } from '../../runtime/evidence/list.ts';
import type { Workspace } from '../../runtime/workspace.ts';
import type { Host } from '../host.ts';
import type { Documents } from '../documents.ts';

const ICONS: Record<EvidenceEntry['state'], string> = {
  passed: 'pass',
  refused: 'circle-slash',
  failed: 'error',
  cancelled: 'circle-outline',
  interrupted: 'debug-disconnect',
  running: 'sync',
};

/** Shows a record as a document: the one named by id or folder, or one that the person picks. */
export async function showEvidenceCommand(host: Host, documents: Documents, word: unknown): Promise<void> {
  const workspace = await host.open({ signal: AbortSignal.timeout(30_000), report: host.logEvent });
  const { listEvidence } = await import('../../runtime/evidence/list.ts');
  if (typeof word !== 'string') {
    const entry = await choose(await listEvidence(workspace));
    if (entry) await showEntry(workspace, documents, entry);
    return;
  }
  const { findAct } = await import('../../runtime/find-act.ts');
  const { act, entry } = await findAct(workspace, word);
  if (entry) await showEntry(workspace, documents, entry);
  else await showRows(workspace, documents, act);
}

async function showEntry(workspace: Workspace, documents: Documents, entry: EvidenceEntry): Promise<void> {
  const [{ readEntryFile }, { recordText }] = await Promise.all([
    import('../../runtime/evidence/list.ts'),
    import('../../core/evidence/text.ts'),
  ]);
  await documents.show(titleOf(entry.folder), recordText(entry.record, entry.folder), {
    folder: vscode.Uri.joinPath(vscode.Uri.file(workspace.root), entry.folder),
    read: async (path) => (await readEntryFile(workspace, entry, path)).toString(),
  });
}

/** An act of another clone, whose folder is not here: what the control plane knows of it. */
async function showRows(workspace: Workspace, documents: Documents, act: Activity): Promise<void> {
  const [{ actDetails }, { detailsText }] = await Promise.all([
    import('../../runtime/act-details.ts'),
    import('../../core/control-plane/act-details.ts'),
  ]);
  await documents.show(titleOf(act.folder), detailsText(await actDetails(workspace, act), workspace.config.evidence.time_zone));
}

const titleOf = (folder: string): string => folder.split('/').slice(-2).join(' ');

async function choose(entries: readonly EvidenceEntry[]): Promise<EvidenceEntry | undefined> {
  if (entries.length === 0) {
    void vscode.window.showInformationMessage('No evidence yet: build or promote something first.');
    return undefined;
  }
  const items = entries.map((entry) => ({
    label: `$(${ICONS[entry.state]}) ${entry.record.topic}`,
    description: entry.record.started_at,
    detail: entry.record.message ?? entry.state,
    entry,
  }));
  return (
    await vscode.window.showQuickPick(items, {
      title: 'Evidence',
      placeHolder: 'Which record?',
      matchOnDescription: true,
      matchOnDetail: true,
    })
  )?.entry;
}
