import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { ask, openStream } from './ask.ts';
import { statusOf } from './engine-error.ts';
import type { DockerConnection } from './connect.ts';
import { OpsError } from '../../core/errors.ts';
import { frameReader } from './frames.ts';
import { lineSplitter } from './lines.ts';

export interface LogOptions {
  /** Lines from before. */
  tail: number;
  /** `gone` until the signal, or until there is no such container any more; `signal` waits for one of the name to come again. */
  follow: false | 'gone' | 'signal';
  onLine: (line: string) => void;
}

const PAUSE_MS = 1000;
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.?(\d*)Z ?/;

/** `2026-01-01T10:00:00.123456789Z text`: the engine's time of a line, in seconds as it wants it back, and the text. */
function partTime(line: string): { time: string; text: string } {
  const [stamp = '', seconds = '', fraction = ''] = STAMPED.exec(line) ?? [];
  return { time: stamp === '' ? '' : `${Date.parse(`${seconds}Z`) / 1000}.${fraction.padEnd(9, '0')}`, text: line.slice(stamp.length) };
}

/** One reading, to where the container ends or the log does. @returns the time of the last line */
async function readOnce(
  docker: Docker,
  name: string,
  { follow, range, onLine }: { follow: boolean; range: object; onLine: LogOptions['onLine'] },
  since: string,
  signal: AbortSignal,
): Promise<string> {
  let last = since;
  const onText = (line: string): void => {
    const { time, text } = partTime(line);
    // The engine's `since` takes the line of that very moment in.
    if (time !== '' && time <= since) return;
    last = time === '' ? last : time;
    onLine(text);
  };
  // One for each: a line of the one may come in the middle of a line of the other.
  const splitters = { stdout: lineSplitter(onText), stderr: lineSplitter(onText) };
  const onChunk = frameReader((bytes, which) => splitters[which].push(bytes));
  const what = `Read the log of ${name}`;
  const options = { stdout: true, stderr: true, timestamps: true, ...range };
  const container = docker.getContainer(name);
  if (follow) {
    const stream = await openStream(what, signal, (aborting) => container.logs({ ...options, follow: true, ...aborting }));
    stream.on('data', onChunk);
    await finished(stream).catch(() => signal.throwIfAborted());
  } else onChunk(await ask(what, signal, (aborting) => container.logs({ ...options, follow: false, ...aborting })));
  splitters.stdout.end();
  splitters.stderr.end();
  return last;
}

/**
 * Lines of a container, and what follows where asked. Where the container is started again, or replaced by one of the same name, it goes on there.
 * @param name of the container
 * @throws OpsError `failed` where there is none (and none is waited for), `unreachable`
 */
export async function followLogs(
  { docker }: Pick<DockerConnection, 'docker'>,
  name: string,
  { tail, follow, onLine }: LogOptions,
  signal: AbortSignal,
): Promise<void> {
  let since = '';
  const over = (): boolean => signal.aborted;
  for (let first = true; !over(); first = false) {
    try {
      const range = first ? { tail } : { tail: 'all', ...(since === '' ? {} : { since }) };
      since = await readOnce(docker, name, { follow: follow !== false, range, onLine }, since, signal);
    } catch (error) {
      if (over()) return;
      const gone = error instanceof OpsError && statusOf(error.cause) === 404;
      if (gone && follow === 'gone' && !first) return;
      if (!gone || follow !== 'signal') throw error;
    }
    if (follow === false) return;
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
