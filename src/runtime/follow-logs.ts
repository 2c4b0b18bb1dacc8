import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathsOnDisk, readEvidenceFile, readEvidenceFrom } from '../adapters/files/evidence-files.ts';
import { readRecord } from '../adapters/files/evidence-store.ts';
import { lineReader, type Lines } from '../core/control-plane/log-text.ts';
import { OpsError } from '../core/errors.ts';
import { stillRuns } from './evidence/seal.ts';
import type { Workspace } from './workspace.ts';

const LOGS = 'logs/';
/** Milliseconds between two looks at the folder. */
const INTERVAL = 500;

interface Followed {
  bytes: number;
  decoder: StringDecoder;
  lines: Lines;
}

/**
 * The logs of an act of this clone as they are written: what there is of each, then what is new, until the act has ended.
 * @param folder of its record, from the root of the repository
 * @throws OpsError `usage` where there is no such record, `cancelled`
 */
export async function followActLogs(
  workspace: Workspace,
  folder: string,
  onLine: (log: string, line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { evidenceRoot, config } = workspace;
  const place = folder.slice(config.evidence.folder.length + 1);
  const followed = new Map<string, Followed>();

  const readOn = async (path: string): Promise<void> => {
    const log = followed.get(path) ?? { bytes: 0, decoder: new StringDecoder('utf8'), lines: lineReader() };
    followed.set(path, log);
    // Compressed between two looks, it is read from there once more.
    const grown =
      (await readEvidenceFrom(evidenceRoot, place, path, log.bytes)) ??
      (await readEvidenceFile(evidenceRoot, place, path)).subarray(log.bytes);
    log.bytes += grown.length;
    for (const line of log.lines.add(log.decoder.write(grown))) onLine(path.slice(LOGS.length), line);
  };

  for (;;) {
    signal.throwIfAborted();
    // Asked before the logs are read: what is written last is read once more.
    const stored = await readRecord(evidenceRoot, place);
    if (!stored) throw new OpsError('usage', `There is no record ${JSON.stringify(folder)}.`);
    const runs = stillRuns(stored, workspace);
    for (const path of await pathsOnDisk(evidenceRoot, place)) if (path.startsWith(LOGS)) await readOn(path);
    if (!runs) break;
    await sleep(INTERVAL, undefined, { signal });
  }
  for (const [path, { lines }] of followed) for (const line of lines.end()) onLine(path.slice(LOGS.length), line);
}
