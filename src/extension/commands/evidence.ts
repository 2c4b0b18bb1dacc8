import * as vscode from 'vscode';
import type { EvidenceEntry } from '../../runtime/evidence/list.ts';
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
  const [{ findEvidence, listEvidence, readEntryFile }, { recordText }] = await Promise.all([
    import('../../runtime/evidence/list.ts'),
    import('../../core/evidence/text.ts'),
  ]);
  const entry = typeof word === 'string' ? await findEvidence(workspace, word) : await choose(await listEvidence(workspace));
  if (entry)
    await documents.show(entry.folder.split('/').slice(-2).join(' '), recordText(entry.record, entry.folder), {
      folder: vscode.Uri.joinPath(vscode.Uri.file(workspace.root), entry.folder),
      read: async (path) => (await readEntryFile(workspace, entry, path)).toString(),
    });
}

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
