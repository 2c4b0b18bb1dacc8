import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { bytesText, count } from '../../core/text.ts';
import { isoInZone } from '../../core/time.ts';
import { runCommand } from '../host.ts';

/** Seconds. @throws OpsError `usage` */
async function lifetime(text: string): Promise<number> {
  const [{ durationSchema, milliseconds }, { OpsError }] = await Promise.all([
    import('../../core/config/duration.ts'),
    import('../../core/errors.ts'),
  ]);
  const { data } = durationSchema.safeParse(text);
  const time = data === undefined ? 0 : milliseconds(data);
  if (time >= 1000 && time <= milliseconds('7d')) return Math.floor(time / 1000);
  throw new OpsError('usage', `--expires ${JSON.stringify(text)} is no duration from 1s to 7d.`, { hint: 'For example: --expires 10m' });
}

/** Files of evidence in Supabase Storage: `fetch` and `link`. */
export function registerEvidenceArtifacts(evidence: Command): void {
  evidence
    .command('fetch')
    .description('bring the files of a record from Supabase Storage, each checked by its hash')
    .argument('<record>', 'id or its beginning, evidence folder, or an environment: its last deployment')
    .option('--output <folder>', 'an empty folder, or one that is not there yet')
    .addHelpText('after', '\nExample:\n  odoo-ops evidence fetch 3f2a91c0 --output ../staging-of-monday')
    .action((word: string, { output }: { output?: string }, command: Command) =>
      runCommand(command, async (host) => {
        const { fetchEvidence } = await import('../../runtime/evidence/stored.ts');
        const fetched = await fetchEvidence(await host.workspace(), word, { output, base: process.cwd() });
        const size = fetched.files.reduce((sum, { bytes }) => sum + bytes, 0);
        host.print(fetched, `${fetched.folder}: ${count(fetched.files.length, 'file')}, ${bytesText(size)}, unchanged.`);
        return EXIT_CODES.done;
      }),
    );
  evidence
    .command('link')
    .description('a link to a file of a record in Supabase Storage; whoever has it can read the file until it expires')
    .argument('<record>', 'id or its beginning, evidence folder, or an environment: its last deployment')
    .argument('<path>', 'from the folder of the record, for example logs/act.log')
    .option('--expires <duration>', 'how long it holds', '10m')
    .addHelpText('after', '\nExample:\n  odoo-ops evidence link 3f2a91c0 logs/act.log --expires 1h')
    .action((word: string, path: string, { expires }: { expires: string }, command: Command) =>
      runCommand(command, async (host) => {
        const [{ findAct }, { artifactLink }] = await Promise.all([
          import('../../runtime/find-act.ts'),
          import('../../runtime/control-plane/artifacts.ts'),
        ]);
        const seconds = await lifetime(expires);
        const workspace = await host.workspace();
        const link = await artifactLink(workspace, (await findAct(workspace, word)).act.id, path, seconds);
        host.print(link, `${link.url}\nExpires ${isoInZone(new Date(link.expires_at), workspace.config.evidence.time_zone)}`);
        return EXIT_CODES.done;
      }),
    );
}
