import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { OpsError } from '../../core/errors.ts';
import type { Stamp } from '../../core/pr-environments/thing.ts';
import { cancelled, openStream } from './ask.ts';
import { engineError } from './engine-error.ts';
import { createContainer, inspect, removeContainer, startContainer } from './containers.ts';
import { frameReader } from './frames.ts';
import { lineSplitter } from './lines.ts';
import type { Host } from './settings.ts';

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
    read.catch(() => undefined); // it is waited for below
    await startContainer(host, id, name, signal);
    await read;
    const { State } = await ended(host, id, signal);
    await removeContainer(host, id, signal);
    // 128 and the number of the signal, as shells say it; Odoo's own last code is 255.
    const bySignal = State.ExitCode > 128 && State.ExitCode < 160;
    return { exitCode: bySignal ? null : State.ExitCode, outOfMemory: State.OOMKilled };
  } catch (error) {
    // Not by a signal that has fired: what was begun is taken away all the same.
    await removeContainer(host, id, AbortSignal.timeout(60_000)).catch(() => undefined);
    throw signal.aborted ? cancelled(signal) : error;
  }
}

/** It ends with its output, or a moment later; a long call that waits for it would not be told that the engine went. */
async function ended(host: Host, id: string, signal: AbortSignal): Promise<ContainerInspectInfo> {
  for (let pause = 10; ; pause = Math.min(pause * 2, 1000)) {
    const info = await inspect(host, id, signal);
    if (!info)
      throw new OpsError('moved', 'The container was removed while it ran.', { hint: 'Somebody else builds the same environment.' });
    if (info.State.Status === 'exited' || info.State.Status === 'dead') return info;
    await sleep(pause, undefined, { signal });
  }
}

/**
 * Ends with the stream.
 * @throws OpsError `unreachable` where that broke; what the listener throws; it is not called again then
 */
function readLines(stream: NodeJS.ReadWriteStream, onLine: (line: string, stream: 'stdout' | 'stderr') => void): Promise<void> {
  const splitters = {
    stdout: lineSplitter((line) => onLine(line, 'stdout')),
    stderr: lineSplitter((line) => onLine(line, 'stderr')),
  };
  const onChunk = frameReader((bytes, which) => splitters[which].push(bytes));
  return new Promise((resolve, reject) => {
    const listen = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        stream.removeAllListeners('data').removeAllListeners('close');
        (stream as Partial<Duplex>).destroy?.();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    stream.on('data', (chunk: Buffer) => listen(() => onChunk(chunk)));
    stream.on('error', (error) => reject(engineError('Listen to a container', error)));
    stream.on('close', () => {
      listen(() => {
        splitters.stdout.end();
        splitters.stderr.end();
      });
      resolve();
    });
  });
}
