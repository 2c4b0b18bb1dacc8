import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { ask } from './ask.ts';
import type { Host } from './settings.ts';

/** Milliseconds for sending a filestore from this machine. */
const SENDING = 4 * 3_600_000;

/** Sends a folder of this machine into a container, as files of an owner. What is neither file nor folder stays behind. */
export async function sendFolder(
  { connection }: Host,
  container: string,
  folder: string,
  at: string,
  owner: { uid: number; gid: number },
  signal: AbortSignal,
): Promise<void> {
  const archive = pack();
  const feed = async (): Promise<void> => {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = `${at}/${relative(folder, path)}`;
      if (entry.isDirectory()) archive.entry({ name, type: 'directory', mode: 0o750, ...owner });
      if (!entry.isFile()) continue;
      const { size, mtime } = await stat(path);
      await pipeline(createReadStream(path, { end: Math.max(size - 1, 0) }), archive.entry({ name, size, mtime, mode: 0o640, ...owner }), {
        signal,
      });
    }
    archive.finalize();
  };
  const sending = ask(
    'Send the filestore to the engine',
    signal,
    (aborting) =>
      connection.docker.getContainer(container).putArchive(archive as unknown as NodeJS.ReadableStream, { path: '/', ...aborting }),
    SENDING,
  );
  // The one that fails ends the other.
  sending.catch(() => archive.destroy());
  await Promise.all([
    sending,
    feed().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error)))),
  ]);
}
