import { finished } from 'node:stream/promises';
import { ask, openStream } from './ask.ts';
import { frameReader } from './frames.ts';
import type { Host } from './settings.ts';

/** Runs a short program in a container that runs. @returns its exit code, and the last it said */
export async function execute(
  { connection: { docker } }: Host,
  container: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ exitCode: number | null; output: string }> {
  const what = `Run ${command[0] ?? ''} in the container ${container}`;
  const exec = await ask(what, signal, (aborting) =>
    docker.getContainer(container).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, ...aborting }),
  );
  const stream = await openStream(what, signal, (aborting) => exec.start({ hijack: true, stdin: false, ...aborting }));
  let output = '';
  stream.on(
    'data',
    frameReader((bytes) => (output = `${output}${bytes.toString()}`.slice(-4000))),
  );
  await ask(what, signal, () => finished(stream, { signal }));
  const { ExitCode } = await ask(what, signal, (aborting) => exec.inspect(aborting));
  return { exitCode: ExitCode, output };
}
