import type { ContainerCreateOptions } from 'dockerode';
import type { Duplex } from 'node:stream';
import type { Stamp } from '../../core/pr-environments/thing.ts';
import { ask, cancelled, openStream } from './ask.ts';
import { createContainer, inspect, removeContainer, startContainer } from './containers.ts';
import { frameReader } from './frames.ts';
import { lineSplitter } from './lines.ts';
import type { Host } from './settings.ts';

/** A job may take hours; the signal ends it. */
const UNBOUNDED = 2 ** 31 - 1;

export interface Ended {
  /** Null where a signal ended it. */
  exitCode: number | null;
  outOfMemory: boolean;
}

/**
 * Runs a container to its end, and takes it away whatever happens.
 * @param prepare is called before it starts
 * @param onLine gets each line as it comes; while it works nothing more is read
 * @throws OpsError `failed` where it cannot be started, `cancelled`
 */
export async function runContainer(
  host: Host,
  name: string,
  stamp: Stamp,
  body: ContainerCreateOptions,
  { prepare, onLine }: { prepare: (container: string) => Promise<void>; onLine: (line: string, stream: 'stdout' | 'stderr') => void },
  signal: AbortSignal,
): Promise<Ended> {
  const { docker } = host.connection;
  // Nothing of it is kept by the engine: all of it comes here.
  const options = { ...body, HostConfig: { ...body.HostConfig, LogConfig: { Type: 'none', Config: {} } } };
  const id = await createContainer(host, name, 'job', stamp, options, signal);
  try {
    await prepare(id);
    const container = docker.getContainer(id);
    const stream = await openStream(`Listen to the container ${name}`, signal, (aborting) =>
      container.attach({ stream: true, stdout: true, stderr: true, hijack: true, ...aborting }),
    );
    const read = readLines(stream, onLine);
    await startContainer(host, id, name, signal);
    const exit = (await ask(
      `Wait for the container ${name}`,
      signal,
      (aborting) => container.wait({ ...aborting }) as Promise<unknown>,
      UNBOUNDED,
    )) as {
      StatusCode: number;
    };
    await read;
    const outOfMemory = (await inspect(host, id, signal))?.State.OOMKilled ?? false;
    // 128 and the number of the signal, as shells say it; Odoo's own last code is 255.
    return { exitCode: exit.StatusCode > 128 && exit.StatusCode < 160 ? null : exit.StatusCode, outOfMemory };
  } finally {
    // Not by a signal that has fired: what was begun is taken away all the same.
    await removeContainer(host, id, AbortSignal.timeout(60_000)).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) throw cancelled(signal);
  }
}

/** Ends with the stream, and is no error where that broke: the exit code says what became of it. */
function readLines(stream: NodeJS.ReadWriteStream, onLine: (line: string, stream: 'stdout' | 'stderr') => void): Promise<void> {
  const splitters = {
    stdout: lineSplitter((line) => onLine(line, 'stdout')),
    stderr: lineSplitter((line) => onLine(line, 'stderr')),
  };
  const onChunk = frameReader((bytes, which) => splitters[which].push(bytes));
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      try {
        onChunk(chunk);
      } catch (error) {
        (stream as Partial<Duplex>).destroy?.();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    stream.on('error', () => resolve());
    stream.on('close', () => {
      splitters.stdout.end();
      splitters.stderr.end();
      resolve();
    });
  });
}
