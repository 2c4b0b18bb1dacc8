import { readRecords } from '../../adapters/files/evidence-store.ts';
import { readOutbox, readSetAside } from '../../adapters/files/outbox.ts';
import { DAY_MS } from '../../core/config/duration.ts';
import { isSealed, RECORD_FILE } from '../../core/evidence/record.ts';
import { outboxFolder } from '../evidence/seal.ts';
import type { Workspace } from '../workspace.ts';
import { artifactsOutbox, queueArtifacts } from './artifact-outbox.ts';
import { openArtifacts } from './artifacts.ts';
import { deliversAs } from './open.ts';

/**
 * How long a record that is there in part is looked for: a clone that was thrown away while it sent has no outbox any more. Older
 * folders are taken for whole, so that a sync asks one question for a thousand records, and one for each of the last days.
 */
const UNSURE_MS = 7 * DAY_MS;
/** Questions at once. */
const TOGETHER = 8;

async function idsIn(outbox: string): Promise<string[]> {
  return [...(await readOutbox(outbox)), ...(await readSetAside(outbox)).map(({ id }) => id)];
}

/** Queues what the control plane has and Storage lacks: from before the bucket, or of a clone that was thrown away. @throws OpsError `unreachable` */
export async function queueMissingArtifacts(workspace: Workspace): Promise<void> {
  const artifacts = openArtifacts(workspace);
  if (!artifacts || (await deliversAs(workspace)) !== 'ci') return;
  const { storage, client } = artifacts;
  const { records } = await readRecords(workspace.evidenceRoot);
  const waiting = new Set([...(await idsIn(outboxFolder(workspace))), ...(await idsIn(artifactsOutbox(workspace)))]);
  const delivered = records.map(({ record }) => record).filter((record) => isSealed(record) && !waiting.has(record.id));
  if (delivered.length === 0) return;
  const folders = new Set((await storage.list(client)).map(({ name }) => name));
  const missing = delivered.filter(({ id }) => !folders.has(id)).map(({ id }) => id);
  const unsure = delivered.filter(({ id, started_at }) => folders.has(id) && Date.now() - Date.parse(started_at) < UNSURE_MS);
  for (let start = 0; start < unsure.length; start += TOGETHER) {
    const some = unsure.slice(start, start + TOGETHER);
    const entries = await Promise.all(some.map(({ id }) => storage.list(`${client}/${id}`)));
    missing.push(...some.filter((_, index) => !entries[index]?.some(({ name }) => name === RECORD_FILE)).map(({ id }) => id));
  }
  await queueArtifacts(workspace, missing);
}
