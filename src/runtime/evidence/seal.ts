import { hostname } from 'node:os';
import { join } from 'node:path';
import { evidenceFiles, removePartialFiles } from '../../adapters/files/evidence-files.ts';
import { readRecords, writeRecord, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { appendLedger } from '../../adapters/files/ledger.ts';
import { addToOutbox } from '../../adapters/files/outbox.ts';
import { milliseconds } from '../../core/config/duration.ts';
import { secretVariables, type Config } from '../../core/config/schema.ts';
import { longestDeployment } from '../../core/deployment/settings.ts';
import { chainHeads } from '../../core/evidence/chain.ts';
import { createRedactor, redactWords } from '../../core/evidence/redact.ts';
import { recordHash, type EvidenceRecord, type SealedRecord } from '../../core/evidence/record.ts';
import { tombstonesOf } from '../../core/evidence/tombstones.ts';
import { isoInZone } from '../../core/time.ts';
import type { Workspace } from '../workspace.ts';
import { activeActs } from './active.ts';

export const ledgerFile = (workspace: Workspace): string => join(workspace.stateFolder, 'evidence-ledger.jsonl');
export const outboxFolder = (workspace: Workspace): string => join(workspace.stateFolder, 'outbox');

export interface Ending {
  result: EvidenceRecord['result'];
  message: string | null;
  outcome: EvidenceRecord['outcome'];
}

/** Makes a record a link of the chain: its files are hashed, the records before it named, and its own hash is set. */
export async function sealRecord(workspace: Workspace, folder: string, record: EvidenceRecord, ending: Ending): Promise<SealedRecord> {
  const { evidenceRoot: root, config } = workspace;
  await removePartialFiles(root, folder);
  const { records } = await readRecords(root);
  const redact = createRedactor(workspace.environment, secretVariables(config));
  const sealed: EvidenceRecord = {
    ...record,
    ...redactWords(ending, redact),
    finished_at: isoInZone(new Date(), config.evidence.time_zone),
    files: await evidenceFiles(root, folder),
    previous: chainHeads([...records.map((stored) => stored.record), ...tombstonesOf(records, sha256).inForce.values()]),
  };
  const result: SealedRecord = { ...sealed, hash: recordHash(sealed, sha256) };
  await writeRecord(root, folder, result);
  await appendLedger(ledgerFile(workspace), { id: result.id, hash: result.hash, folder });
  await addToOutbox(outboxFolder(workspace), result.id);
  return result;
}

const DAY_MS = 86_400_000;

const longestAct = ({ plan }: EvidenceRecord, config: Config): number =>
  plan.act === 'deployment' ? longestDeployment(plan, config) : milliseconds(config.promotion.lease);

/**
 * True where the process that writes the record may still be alive. One of another host cannot be looked at: it is given as long as
 * it may hold its lock.
 */
export function stillRuns({ record }: Pick<StoredRecord, 'record'>, { config }: Workspace): boolean {
  if (record.hash !== null) return false;
  const age = Date.now() - Date.parse(record.started_at);
  if (record.process.host !== hostname()) return age < longestAct(record, config);
  if (age > DAY_MS) return false;
  if (record.process.pid === process.pid) return activeActs.has(record.id);
  try {
    process.kill(record.process.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
