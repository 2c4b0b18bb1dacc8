import { InvalidArgumentError, type Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { recordText } from '../../core/evidence/text.ts';
import { runCommand } from '../host.ts';
import { table } from '../table.ts';
import { registerEvidencePrune } from './evidence-prune.ts';

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Expected a whole number from 1.');
  return number;
}

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
        const { findEvidence, readEntryFile } = await import('../../runtime/evidence/list.ts');
        const workspace = await host.workspace();
        const entry = await findEvidence(workspace, word);
        const { folder, record } = entry;
        const file = record.files.find(({ path }) => path === `logs/${options.log ?? ''}`);
        if (options.log !== undefined && !file) {
          const { OpsError } = await import('../../core/errors.ts');
          throw new OpsError('usage', `The record has no log ${options.log}.`, {
            hint: `It has: ${record.files.map(({ path }) => path).join(', ')}`,
          });
        }
        if (file) host.print({ log: file.path }, (await readEntryFile(workspace, entry, file.path)).toString());
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
    .addHelpText('after', '\nExample:\n  odoo-ops evidence sync')
    .action((_options, command: Command) =>
      runCommand(command, async (host) => {
        const { syncEvidence } = await import('../../runtime/evidence/sync.ts');
        const result = await syncEvidence(await host.workspace());
        const plane = result.controlPlane
          ? `delivered ${result.delivered}, ${result.waiting} wait`
          : `no control plane; ${result.waiting} wait`;
        host.print(result, `Pulled ${result.pulled}, published ${result.published}; ${plane}.`);
        return 0;
      }),
    );
  registerEvidencePrune(evidence);
}
