import * as vscode from 'vscode';
import type { ArtifactFile } from '../../runtime/control-plane/artifacts.ts';
import type { Host } from '../host.ts';

/** Opens a file of an act from Supabase Storage in the browser, by a link that holds for some minutes. @param target item of Activity */
export async function openArtifactCommand(host: Host, target: unknown): Promise<void> {
  const id = (target as { id?: unknown } | undefined)?.id;
  if (typeof id !== 'string') return;
  const workspace = await host.open({ signal: AbortSignal.timeout(60_000), report: host.logEvent });
  const { artifactFiles, artifactLink, requireArtifacts } = await import('../../runtime/control-plane/artifacts.ts');
  requireArtifacts(workspace);
  const path = await choose(artifactFiles(workspace, id));
  if (path === undefined) return;
  // Another limit: a person may have thought for a while.
  const again = await host.open({ signal: AbortSignal.timeout(60_000), report: host.logEvent });
  const { url } = await artifactLink(again, id, path);
  await vscode.env.openExternal(vscode.Uri.parse(url, true));
}

async function choose(files: Promise<ArtifactFile[]>): Promise<string | undefined> {
  const { bytesText } = await import('../../core/text.ts');
  // The pick is there at once; it is filled when the control plane has answered.
  const items = files.then((found) => [
    ...found.map(({ path, bytes }) => ({ label: path, description: bytesText(bytes) })),
    { label: 'record.json', description: 'the record itself' },
  ]);
  const choice = await vscode.window.showQuickPick(items, {
    title: 'Open Artifact in Browser',
    placeHolder: 'Which file? Whoever has its link can read it for ten minutes.',
  });
  return choice?.label;
}
