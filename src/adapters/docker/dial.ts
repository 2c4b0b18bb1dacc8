import { Agent, request } from 'node:http';
import { Duplex } from 'node:stream';
import { OpsError } from '../../core/errors.ts';
import { ask, openStream } from './ask.ts';
import type { DockerConnection } from './connect.ts';
import { frameReader } from './frames.ts';

/**
 * A connection to what a container reaches, through the engine: `nc` runs in the container, and its input and output are the connection. So it
 * works wherever the engine is, and nothing has to listen where others could come.
 * @param seconds after which it ends in any case: a side that never hangs up would keep `nc` in the container after we left
 * @throws OpsError `unreachable` where the engine is away, `failed` where the container does not run
 */
export async function dial(
  { docker }: Pick<DockerConnection, 'docker'>,
  container: string,
  host: string,
  port: number,
  signal: AbortSignal,
  seconds?: number,
): Promise<Duplex> {
  const Cmd = [...(seconds === undefined ? [] : ['timeout', String(seconds)]), 'nc', host, String(port)];
  const what = `Reach ${host}:${port} from the container ${container}`;
  const exec = await ask(what, signal, (aborting) =>
    docker.getContainer(container).exec({ Cmd, AttachStdin: true, AttachStdout: true, AttachStderr: true, ...aborting }),
  );
  const raw = await openStream(what, signal, (aborting) => exec.start({ hijack: true, stdin: true, ...aborting }));
  let said = '';
  const connection = new Duplex({
    read: () => void raw.resume(),
    write: (chunk: Buffer, _encoding, done) => void raw.write(chunk, done),
    final: (done) => void raw.end(done),
    destroy: (error, done) => {
      raw.destroy();
      done(error);
    },
  });
  const onChunk = frameReader((bytes, stream) => {
    if (stream === 'stderr') said = `${said}${bytes.toString()}`.slice(-300);
    else if (!connection.push(bytes)) raw.pause();
  });
  raw.on('data', onChunk);
  raw.on('end', () => {
    if (said === '') connection.push(null);
    else connection.destroy(new OpsError('unreachable', `${what}: ${said.trim()}`));
  });
  raw.on('error', (error: Error) => connection.destroy(error));
  return connection;
}

/** For Node's `http`: each request has a connection of its own. */
export function agentThrough(connect: () => Promise<Duplex>): Agent {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = (_options, done) => {
    connect().then(
      (connection) => done?.(null, connection),
      (error: unknown) => done?.(error instanceof Error ? error : new Error(String(error)), new Duplex()),
    );
    return undefined;
  };
  return agent;
}

/** Asks with GET for a page, and reads none of it. */
export function head(
  connection: Duplex,
  { host, path }: { host: string; path: string },
  signal: AbortSignal,
): Promise<{ status: number; location: string | null }> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent: agentThrough(() => Promise.resolve(connection)), path, headers: { host, connection: 'close' }, signal });
    asked.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? null });
      response.on('error', () => undefined);
      connection.destroy();
    });
    asked.on('error', reject);
    asked.end();
  });
}
