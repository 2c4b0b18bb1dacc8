import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { remoteUrl, resolveRevision } from '../../adapters/git/refs.ts';
import { writeError } from '../../adapters/files/atomic.ts';
import { manifestText, type BuildManifest } from '../../core/build/manifest.ts';
import { provenance } from '../../core/build/provenance.ts';
import { OpsError } from '../../core/errors.ts';
import { buildTopic } from '../../core/evidence/folder.ts';
import { commitSchema } from '../../core/repository/commit.ts';
import { branchNameSchema, type Sha } from '../../core/repository/names.ts';
import { runAct, type ActResult } from '../evidence/act.ts';
import { settleInterrupted } from '../evidence/settle.ts';
import { packageVersion } from '../version.ts';
import type { Workspace } from '../workspace.ts';
import { buildArtifact, readBuildSource } from './artifact.ts';
import { rebuildElsewhere } from './verify.ts';

export interface BuildOptions {
  /** Branch, tag or SHA; HEAD unless told. */
  revision: string;
  /** Builds twice and compares. */
  verify: boolean;
  /** Where the tar goes, from the current folder; null for the hash alone. */
  output: string | null;
}

/** The branch that a revision names; HEAD names the branch that is checked out; a SHA names none. */
async function branchOf(workspace: Workspace, revision: string, sha: Sha): Promise<string | null> {
  if (revision === 'HEAD') return workspace.state.branch;
  const name = revision.replace(new RegExp(`^(refs/heads/|${workspace.remote ?? 'origin'}/)`), '');
  if (sha.startsWith(name) || !branchNameSchema.safeParse(name).success) return null;
  const refs = [`refs/heads/${name}`, `refs/remotes/${workspace.remote ?? 'origin'}/${name}`];
  return (await workspace.git.run(['for-each-ref', '--format=%(refname)', ...refs])) === '' ? null : name;
}

/** Builds a commit and leaves manifest, provenance and record as evidence (§5.3, §6.1). */
export async function build(workspace: Workspace, options: BuildOptions): Promise<ActResult & { manifest: BuildManifest }> {
  const { git, context } = workspace;
  const sha = await resolveRevision(git, options.revision, workspace.remote ?? 'origin');
  const source = await readBuildSource(git, sha);
  const { commit } = source;
  const branch = await branchOf(workspace, options.revision, sha);
  await settleInterrupted(workspace);
  const topic = buildTopic(branch ?? sha.slice(0, 8));
  const plan = { act: 'build' as const, revision: options.revision, commit: commitSchema.parse(commit), verify: options.verify };
  let manifest: BuildManifest | undefined;
  const result = await runAct(workspace, topic, plan, async (session) => {
    const output = options.output === null ? null : await outputFile(options.output);
    const url = workspace.remote === null ? null : remoteUrl(git, workspace.remote);
    const onFile = (done: number, total: number) => context.report({ type: 'progress', step: 'build', done, total });
    manifest = await session.step('build', `Build ${sha.slice(0, 8)}`, () => buildArtifact(source, { branch, output, onFile }));
    await session.attach('manifest.json', manifestText(manifest));
    if (options.verify) {
      await session.step('verify', 'Build it again in another clone', async () => {
        const second = await rebuildElsewhere(source, branch);
        if (manifestText(second) !== (manifest && manifestText(manifest))) {
          await session.attach('manifest-2.json', manifestText(second));
          throw new OpsError('refused', 'Two builds of the same commit differ.', {
            hint: 'Compare manifest.json and manifest-2.json in the evidence.',
          });
        }
      });
    }
    const statement = provenance(manifest, {
      remoteUrl: await url,
      version: packageVersion(),
      invocation: session.record.id,
      startedAt: session.record.started_at,
      finishedAt: session.now(),
    });
    await session.attach('provenance.json', `${JSON.stringify(statement, null, 2)}\n`);
    return { result: 'passed', message: null, outcome: { act: 'build', manifest, verified: options.verify } };
  });
  if (manifest === undefined) throw new OpsError('failed', 'The build left no manifest.');
  return { ...result, manifest };
}

async function outputFile(path: string): Promise<string> {
  const file = isAbsolute(path) ? path : resolve(path);
  await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
    throw writeError(dirname(file), error);
  });
  return file;
}
