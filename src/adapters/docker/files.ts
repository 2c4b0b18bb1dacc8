import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer, text as textOf } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { OpsError } from '../../core/errors.ts';
import { ask, askWhether, openStream } from './ask.ts';
import type { Host } from './settings.ts';

/** A file (or a folder, without a text) that goes into a container before it starts. */
export interface ContainerFile {
  /** From the root, without a leading slash. */
  path: string;
  text: string | null;
  mode: number;
  uid: number;
  gid: number;
}

/** Puts files into a container: not into its arguments, variables or labels, where everybody may read them. */
export async function putFiles(
  { connection }: Host,
  container: string,
  files: readonly ContainerFile[],
  signal: AbortSignal,
): Promise<void> {
  const archive = pack();
  for (const { path, text, mode, uid, gid } of files) {
    archive.entry({ name: path, mode, uid, gid, type: text === null ? 'directory' : 'file', mtime: new Date(0) }, text ?? '');
  }
  archive.finalize();
  const bytes = await buffer(archive);
  await ask('Put files into a container', signal, (aborting) =>
    connection.docker.getContainer(container).putArchive(bytes, { path: '/', ...aborting }),
  );
}

/** Bytes of a file that is read back: configurations and lists of users are far smaller, and code of a pull request may make one of gigabytes. */
const LONGEST = 64 * 1024;

/**
 * Text of a file of a container; null where there is none.
 * @throws OpsError `rejected` for one that is too large, of which nothing is read
 */
export async function readFile({ connection }: Host, container: string, path: string, signal: AbortSignal): Promise<string | null> {
  const { docker } = connection;
  const archive = await askWhether(`Read ${path} of a container`, signal, () =>
    openStream(`Read ${path} of a container`, signal, (aborting) => docker.getContainer(container).getArchive({ path, ...aborting })),
  );
  if (!archive) return null;
  const entries = extract();
  const reading = pipeline(archive, entries as unknown as NodeJS.WritableStream, { signal });
  reading.catch(() => undefined); // it is waited for below, where nothing was found
  try {
    // The first entry is what the path names: whatever a folder holds besides is not looked at.
    for await (const entry of entries) {
      if (entry.header.type !== 'file') return null;
      if (entry.header.size > LONGEST) throw tooLarge(path);
      return await textOf(entry);
    }
    await reading;
    return null;
  } finally {
    (archive as Partial<Readable>).destroy?.();
  }
}

const tooLarge = (path: string): OpsError =>
  new OpsError('rejected', `${path} of the container is larger than ${LONGEST / 1024} kB, so it is not what was put there.`, {
    hint: 'Build the environment again.',
    details: { path },
  });

/**
 * Numbers of the user that a container's image knows by a name.
 * @throws OpsError `config` where there is none, or it is root
 */
export async function userOf(host: Host, container: string, user: string, signal: AbortSignal): Promise<{ uid: number; gid: number }> {
  const lines = ((await readFile(host, container, '/etc/passwd', signal)) ?? '').split('\n').map((line) => line.split(':'));
  const line = lines.find(([name, , uid]) => name === user || uid === user);
  const uid = Number(line?.[2] ?? user);
  if (!Number.isInteger(uid)) {
    throw new OpsError('config', `The base image has no user ${user}.`, { hint: 'Set pull_requests.odoo.user to who runs Odoo in it.' });
  }
  if (uid === 0) {
    throw new OpsError('config', `The user ${user} of the base image is root; Odoo does not run as root.`, {
      hint: 'Set pull_requests.odoo.user to an ordinary user of the image.',
    });
  }
  // As the engine does for a number that the image does not list: its group is root's.
  return { uid, gid: Number(line?.[3] ?? 0) };
}
