import { open, readFile } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfiguration, redactorFor } from './configuration.ts';
import { isMissing } from './failures.ts';
import type { EnvironmentPaths } from './layout.ts';

const LOOK_EVERY_MS = 200;
const CHUNK = 64 * 1024;
/** By so many bytes at its end what was told already is found again in a log that was cut. */
const KNOWN = 512;

/** Whole lines; what follows the last line feed is one too, unless it is empty. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const lastOf = (lines: readonly string[], count: number): readonly string[] => (count > 0 ? lines.slice(-count) : []);

/** The log is bounded, so that it can be read as a whole. */
const readLog = (path: string): Promise<Buffer> =>
  readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  });

export async function lastLines(paths: EnvironmentPaths, count: number): Promise<string[]> {
  const redact = redactorFor(await readConfiguration(paths.configuration));
  return lastOf(linesOf((await readLog(paths.log)).toString('utf8')), count).map((line) => redact(line));
}

interface Part {
  bytes: Buffer;
  size: number;
  inode: number;
}

const pause = (signal: AbortSignal): Promise<void> => delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);

/** What stands from there on, at most a chunk; null where there is no log any more. */
async function readFrom(path: string, offset: number): Promise<Part | null> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (!file) return null;
  try {
    const { size, ino: inode } = await file.stat();
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.max(0, Math.min(CHUNK, size - offset))), 0, undefined, offset);
    return { bytes: buffer.subarray(0, bytesRead), size, inode };
  } finally {
    await file.close();
  }
}

/**
 * Tells the last lines, and then each new one until the signal, or until the log is gone with its environment. A log that begins anew
 * is told from its beginning; one that was cut goes on after what was told.
 */
export async function tellLog(
  paths: EnvironmentPaths,
  { tail, follow, onLine }: { tail: number; follow: boolean; onLine: (line: string) => void },
  signal: AbortSignal,
): Promise<void> {
  const redact = redactorFor(await readConfiguration(paths.configuration));
  let inode = (await readFrom(paths.log, 0))?.inode;
  const text = await readLog(paths.log);
  // A line that is still being written is told when it is whole.
  let offset = follow ? text.lastIndexOf('\n') + 1 : text.length;
  for (const line of lastOf(linesOf(text.subarray(0, offset).toString('utf8')), tail)) onLine(redact(line));
  if (!follow || inode === undefined) return;

  let decoder = new StringDecoder('utf8');
  let begun = '';
  let told = text.subarray(Math.max(0, offset - KNOWN), offset);
  while (!signal.aborted) {
    const part = await readFrom(paths.log, offset);
    if (part === null) return;
    if (part.inode !== inode || part.size < offset) {
      await pause(signal); // it is cut in two steps
      const known = part.inode === inode ? (await readLog(paths.log)).lastIndexOf(told) : -1;
      inode = part.inode;
      offset = known < 0 ? 0 : known + told.length;
      if (known < 0) [decoder, begun] = [new StringDecoder('utf8'), ''];
      continue;
    }
    offset += part.bytes.length;
    told = Buffer.concat([told, part.bytes]).subarray(-KNOWN);
    const lines = (begun + decoder.write(part.bytes)).split(/\r?\n/);
    begun = lines.pop() ?? '';
    for (const line of lines) onLine(redact(line));
    if (part.bytes.length === 0) await pause(signal);
  }
}
