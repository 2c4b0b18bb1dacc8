import { bytesText, count, plainText } from '../text.ts';
import type { PruneOutcome, PrunePlan } from './prune.ts';

/** Bytes on disk of the folders that a plan names. */
export interface PruneSizes {
  compress: number;
  remove: number;
}

function section(title: string, folders: readonly string[]): string[] {
  return folders.length === 0 ? [] : [title, ...folders.map((folder) => `  ${plainText(folder)}`), ''];
}

/** A plan for a person who is to decide; empty where there is nothing to do. */
export function pruneText(plan: PrunePlan, sizes: PruneSizes): string {
  const { compress, remove, keep } = plan;
  return [
    ...section(
      `Compress ${count(compress.length, 'record')} older than ${count(plan.compress_after_days, 'day')} (${bytesText(sizes.compress)}):`,
      compress.map(({ folder }) => folder),
    ),
    ...section(
      `Remove ${count(remove.length, 'record')} older than ${count(plan.remove_after_days, 'day')} (${bytesText(sizes.remove)}); their hashes stay in the chain:`,
      remove.map(({ folder }) => folder),
    ),
    ...section(
      `Keep ${count(keep.length, 'old record')}:`,
      keep.map(({ folder, why }) => `${folder}: ${why}`),
    ),
  ].join('\n');
}

/** A prune within the text of its record. */
export function pruneLines(plan: PrunePlan, outcome: PruneOutcome | null, plain: typeof plainText): string[] {
  const { compress, remove, keep } = plan;
  return [
    `- compress after ${count(plan.compress_after_days, 'day')}, remove after ${count(plan.remove_after_days, 'day')}`,
    ...(outcome === null
      ? []
      : [
          `- ${count(outcome.compressed, 'record')} compressed, ${outcome.removed} removed: ${bytesText(outcome.bytes_before)} before, ${bytesText(outcome.bytes_after)} after`,
          ...(outcome.logs_deleted === null ? [] : [`- ${count(outcome.logs_deleted, 'log line')} of the control plane deleted`]),
        ]),
    ...compress.map(({ folder }) => `- to compress: ${plain(folder)}`),
    ...remove.map(({ folder, hash }) => `- to remove: ${plain(folder)} (hash ${hash})`),
    ...keep.map(({ folder, why }) => `- kept: ${plain(folder)}: ${plain(why)}`),
  ];
}
