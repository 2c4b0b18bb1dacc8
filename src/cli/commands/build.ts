import type { Command } from 'commander';
import { runCommand } from '../host.ts';

export function registerBuild(program: Command): void {
  program
    .command('build')
    .description('build one commit: canonical artifact, manifest, provenance')
    .argument('[revision]', 'branch, tag or SHA', 'HEAD')
    .option('--verify', 'build twice and compare the bytes', false)
    .option('-o, --output <file>', 'write the artifact (a tar) there; without it only its hash is made')
    .addHelpText('after', '\nExamples:\n  odoo-ops build main --verify\n  odoo-ops build HEAD --output dist/build.tar')
    .action((revision: string, options: { verify: boolean; output?: string }, command: Command) =>
      runCommand(command, async (host) => {
        const { build } = await import('../../runtime/build/build.ts');
        const { manifest, folder, record } = await build(await host.workspace(), {
          revision,
          verify: options.verify,
          output: options.output ?? null,
        });
        const { artifact, addons, dependencies } = manifest;
        const lines = [
          `Built ${manifest.sha}${manifest.branch === null ? '' : ` (${manifest.branch})`}`,
          `  sha256   ${artifact.sha256}`,
          `  contents ${artifact.files} files, ${(artifact.bytes / 1e6).toFixed(1)} MB, ${addons.length} addons, ${dependencies.length} dependency files`,
          ...(options.verify ? ['  verified by a second build in another clone: byte-identical'] : []),
          `  evidence ${folder}`,
        ];
        host.print({ record: record.id, evidence: folder, manifest, verified: options.verify }, lines.join('\n'));
        return 0;
      }),
    );
}
