import { join } from 'node:path';
import { gitIn } from '../../src/adapters/git/git.ts';
import { listTree } from '../../src/adapters/git/objects.ts';
import { resolveRevision } from '../../src/adapters/git/refs.ts';
import { isBuildInput } from '../../src/core/build/inputs.ts';
import { buildArtifact, readBuildSource } from '../../src/runtime/build/artifact.ts';
import { openWorkspace } from '../../src/runtime/workspace.ts';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { CLI, environment, inTurn, median, medianRatio, peakMemory, timed, timeProcess, type Report } from './measure.ts';
import { makeRepository } from './repository.ts';

const ROUNDS = 5;

/** `build` of 200 MB: at most 1.5 times as long as `git archive` of the same paths takes, and memory that does not grow with the tree. */
export async function benchBuild(folder: string, report: Report): Promise<void> {
  const root = makeRepository(folder, { files: 8_000, bytes: 8_000, large: 55 });
  const { signal } = new AbortController();
  const workspace = await openWorkspace(root, { signal, report: () => undefined }, environment());
  const { config } = workspace;
  const git = gitIn(root, signal);
  const sha = await resolveRevision(git, 'HEAD', 'origin');
  // The same paths: those outside of the addons by name.
  const inputs = (await listTree(git, sha)).map(({ path }) => path).filter((path) => isBuildInput(path, config));
  const paths = ['addons', ...inputs.filter((path) => !path.startsWith('addons/'))];
  const { artifact } = await buildArtifact(await readBuildSource(git, sha), { branch: null, output: null });
  const name = `${(artifact.bytes / 1e6).toFixed(0)} MB in ${artifact.files} files`;

  const archive = () => timeProcess('sh', ['-c', 'git archive --format=tar "$0" -- "$@" | sha256sum', sha, ...paths], { cwd: root });
  const cli = () => timeProcess(process.execPath, [CLI, 'build', sha], { cwd: root });
  // What the command costs whatever it builds: its start, the record, and the push of the record to the remote.
  const { root: small } = makeSampleRepository(join(folder, 'small'));
  const fixed = () => timeProcess(process.execPath, [CLI, 'build', 'main'], { cwd: small });
  const inProcess = () => timed(async () => buildArtifact(await readBuildSource(git, sha), { branch: null, output: null }));
  const [archives, clis, here, fixes] = (await inTurn(ROUNDS, archive, cli, inProcess, fixed)) as [number[], number[], number[], number[]];
  const comparison = `git archive | sha256sum: ${median(archives).toFixed(0)} ms`;
  report({ figure: `cli, ${name}`, value: median(clis), unit: 'ms', target: null });
  report({ figure: 'cli, fixed cost (14 files)', value: median(fixes), unit: 'ms', target: null });
  report({ figure: 'cli by git archive', value: medianRatio(clis, archives), unit: 'x', target: 1.5, compared_with: comparison });
  report({ figure: 'in process by git archive', value: medianRatio(here, archives), unit: 'x', target: 1.5, compared_with: comparison });
  report({ figure: 'peak memory of the cli, without git', value: peakMemory([CLI, 'build', sha], folder, root), unit: 'MB', target: 150 });
}
