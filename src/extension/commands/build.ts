import * as vscode from 'vscode';
import { shortSha } from '../../core/repository/short-sha.ts';
import type { Host } from '../host.ts';
import type { OverviewModel } from '../overview-model.ts';

type BuildTarget = { kind: 'build'; branch: string } | { kind: 'environment'; name: string } | { revision: string } | undefined;

async function chooseRevision(model: OverviewModel, target: BuildTarget): Promise<string | undefined> {
  if (target && 'revision' in target) return target.revision;
  const remote = model.overview?.remote;
  const onRemote = (branch: string) => (remote == null ? branch : `${remote}/${branch}`);
  if (target?.kind === 'build') return onRemote(target.branch);
  if (target?.kind === 'environment') {
    const branch = model.overview?.environments.find(({ name }) => name === target.name)?.branch;
    return target.name === 'dev' || branch == null ? 'HEAD' : onRemote(branch);
  }
  return vscode.window.showInputBox({ title: 'Build a commit', prompt: 'Branch, tag or SHA', value: 'HEAD' });
}

/** Builds a commit twice, compares, and leaves the evidence. */
export async function buildCommand(host: Host, model: OverviewModel, target: BuildTarget): Promise<string | undefined> {
  const revision = await chooseRevision(model, target);
  if (revision === undefined) return undefined;
  const { manifest, folder } = await host.withProgress(`Build ${revision}`, async (workspace) => {
    const { build } = await import('../../runtime/build/build.ts');
    return build(workspace, { revision, verify: true, output: null });
  });
  const { files, sha256 } = manifest.artifact;
  host.notify(`Built ${shortSha(manifest.sha)}: ${files} files, sha256 ${sha256.slice(0, 12)}, byte-identical twice.`, true, folder);
  return folder;
}
