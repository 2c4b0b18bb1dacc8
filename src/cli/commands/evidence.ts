import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { recordText } from '../../core/evidence/text.ts';
import { runCommand } from '../host.ts';
import { table } from '../table.ts';
import { wholeNumber } from '../whole-number.ts';
import { registerEvidenceArtifacts } from './evidence-artifacts.ts';
import { registerEvidencePrune } from './evidence-prune.ts';

export function registerEvidence(program: Command): void {
  const evidence = program.command('evidence').description('what each act left behind (§6.3)');
  evidence
    .command('list')
    .description('records of this clone, newest first')
    .option('-n, --limit <number>', 'how many', wholeNumber, 20)
    .addHelpText('after', '\nExample:\n  odoo-ops evidence list --limit 50')
    .action((options: { limit: number }, command: Command) =>
      runCommand(command, async (host) => {
        const { listEvidence } = await import('../../runtime/evidence/list.ts');
        const entries = (await listEvidence(await host.workspace())).slice(0, options.limit);
        const rows = entries.map(({ state, folder, record }) => [record.started_at, state, record.id.slice(0, 8), folder]);
        host.print(entries, entries.length === 0 ? 'No records yet.' : table([['STARTED', 'RESULT', 'ID', 'FOLDER'], ...rows]));
        return 0;
      }),
    );
  evidence
    .command('show')
    .description('one record, by id or folder')
    .argument('<record>')
    .option('--log <name>', 'print one of its logs instead, for example act.log')
    .addHelpText('after', '\nExamples:\n  odoo-ops evidence show 3f2a91c0\n  odoo-ops evidence show 3f2a91c0 --log gate-tests.log')
    .action((word: string, options: { log?: string }, command: Command) =>
      runCommand(command, async (host) => {
        const { readableEvidence } = await import('../../runtime/evidence/stored.ts');
        const { folder, record, read } = await readableEvidence(await host.workspace(), word);
        const file = record.files.find(({ path }) => path === `logs/${options.log ?? ''}`);
        if (options.log !== undefined && !file) {
          const { OpsError } = await import('../../core/errors.ts');
          throw new OpsError('usage', `The record has no log ${options.log}.`, {
            hint: `It has: ${record.files.map(({ path }) => path).join(', ')}`,
          });
        }
        if (file) host.print({ log: file.path }, (await read(file.path)).toString());
        else host.print({ folder, record }, recordText(record, folder));
        return 0;
      }),
    );
  evidence
    .command('verify')
    .description('find any change, gap or deletion')
    .addHelpText('after', '\nExample:\n  odoo-ops evidence verify --json')
    .action((_options, command: Command) =>
      runCommand(command, async (host) => {
        const { verifyEvidence } = await import('../../runtime/evidence/verify.ts');
        const result = await verifyEvidence(await host.workspace());
        const lines = result.problems.map(({ kind, folder, message }) => `✗ ${folder}: ${message} (${kind})`);
        const summary = `${result.records} records, ${result.files} files: ${result.problems.length === 0 ? 'nothing changed, nothing missing.' : `${result.problems.length} problem${result.problems.length === 1 ? '' : 's'}.`}`;
        host.print(result, [...lines, summary].join('\n'));
        return result.problems.length > 0 ? EXIT_CODES.refused : EXIT_CODES.done;
      }),
    );
  evidence
    .command('sync')
    .description('exchange records with the remote, and deliver waiting ones to the control plane')
    .option('--retry', 'try again also those that the control plane did not take', false)
    .addHelpText('after', '\nExamples:\n  odoo-ops evidence sync\n  odoo-ops evidence sync --retry')
    .action((options: { retry: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const [{ syncEvidence }, { retrySetAsideRecords }, { deliveryLines }, { artifactLines }] = await Promise.all([
          import('../../runtime/evidence/sync.ts'),
          import('../../runtime/control-plane/waiting.ts'),
          import('../../core/control-plane/delivery-text.ts'),
          import('../../core/control-plane/artifact-text.ts'),
        ]);
        const workspace = await host.workspace();
        if (options.retry) await retrySetAsideRecords(workspace);
        const result = await syncEvidence(workspace);
        const [summary = '', ...lines] = deliveryLines(result);
        const [files, ...more] = result.artifacts ? artifactLines(result.artifacts) : [];
        const parts = [`Pulled ${result.pulled}, published ${result.published}`, summary, ...(files === undefined ? [] : [files])];
        host.print(result, [`${parts.join('; ')}.`, ...lines, ...more].join('\n'));
        return 0;
      }),
    );
  registerEvidenceArtifacts(evidence);
  registerEvidencePrune(evidence);
}
