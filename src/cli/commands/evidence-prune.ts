import type { Command } from 'commander';
import type { Prune } from '../../runtime/evidence/prune.ts';
import { EXIT_CODES } from '../../core/errors.ts';
import { pruneText } from '../../core/evidence/prune-text.ts';
import { bytesText, count } from '../../core/text.ts';
import type { ActResult } from '../../runtime/evidence/act.ts';
import { runCommand, type Host } from '../host.ts';

function printPreview(host: Host, { plan, sizes }: Prune): void {
  const nothing = plan.compress.length + plan.remove.length === 0;
  const next = nothing
    ? `Nothing is to be compressed or removed. Logs of a control plane from before ${plan.logs_before} would go with --yes.`
    : `Nothing was changed. \`odoo-ops evidence prune --yes\` does it, and deletes logs of a control plane from before ${plan.logs_before}.`;
  host.print(
    { applied: false, plan, sizes, folder: null, record: null },
    [pruneText(plan, sizes), next].filter((text) => text !== '').join('\n'),
  );
}

function printDone(host: Host, { plan, sizes, act }: Prune & { act: ActResult | null }): void {
  const outcome = act?.record.outcome?.act === 'prune' ? act.record.outcome : null;
  const { folder = null, record = null } = act ?? {};
  const done =
    outcome === null
      ? 'Nothing was old enough.'
      : `${count(outcome.compressed, 'record')} compressed, ${outcome.removed} removed: ${bytesText(outcome.bytes_before)} became ${bytesText(outcome.bytes_after)}.`;
  const logs = outcome?.logs_deleted == null ? [] : [`${count(outcome.logs_deleted, 'row')} of logs deleted from the control plane.`];
  const kept = plan.keep.map((kept) => `kept ${kept.folder}: ${kept.why}`);
  host.print(
    { applied: true, plan, sizes, folder, record },
    [...kept, done, ...logs, ...(folder === null ? [] : [`Evidence: ${folder}`])].join('\n'),
  );
}

export function registerEvidencePrune(evidence: Command): void {
  evidence
    .command('prune')
    .description('compress old records, remove the oldest ones from this clone, and delete old logs of the control plane (§8.3)')
    .option('--yes', 'do it; without it only the plan is shown', false)
    .addHelpText(
      'after',
      `
Ages are evidence.compress_after, evidence.remove_after and control_plane.log_retention in odoo-ops.yml. What tells of what runs now
is never removed, nor what the remote or the control plane does not have yet; hashes of what is removed stay in the chain.

Examples:
  odoo-ops evidence prune
  odoo-ops evidence prune --yes`,
    )
    .action((options: { yes: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { preparePrune, pruneEvidence } = await import('../../runtime/evidence/prune.ts');
        const workspace = await host.workspace();
        if (options.yes) printDone(host, await pruneEvidence(workspace));
        else printPreview(host, await preparePrune(workspace));
        return EXIT_CODES.done;
      }),
    );
}
