import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ContainerCreateOptions } from 'dockerode';
import { pack } from 'tar-stream';
import { OpsError } from '../../core/errors.ts';
import type { Code } from '../../core/pr-environments/engine.ts';
import type { Attempt, EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Stamp } from '../../core/pr-environments/thing.ts';
import { ask } from './ask.ts';
import { createContainer, LOCKED, removeContainer } from './containers.ts';
import { putFiles, userOf } from './files.ts';
import { requireImage } from './images.ts';
import { filestoreName } from './odoo.ts';
import { runContainer } from './run.ts';
import { DATA_DIR, sharedName, type Host } from './settings.ts';
import { inspectVolume, makeVolume } from './volumes.ts';

/** Milliseconds for sending a filestore from this machine. */
const SENDING = 4 * 3_600_000;
const FROM = '/from';
/** A template's volume: its files, and beside them the word that all of them are there. */
const FILES = 'files';
const COMPLETE = 'complete';
const INCOMPLETE = 3;

/** Volume of a template's files; whatever is in the name, the volume's is one that the engine takes. */
function templateVolume(project: string, name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .slice(0, 40);
  return sharedName(
    project,
    `template-${plain === name ? name : `${plain}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`}`,
  );
}

const filestoreFolder = (database: string): string => `${DATA_DIR}/filestore/${database}`;

/** A container that sees volumes and no network, and runs a few commands of a shell as Odoo's user. */
const copierBody = (
  image: string,
  user: string,
  script: string,
  volumes: readonly { volume: string; at: string; readOnly?: boolean }[],
): ContainerCreateOptions => ({
  Image: image,
  Entrypoint: ['/bin/sh', '-ec', script],
  Cmd: [],
  User: user,
  WorkingDir: '/',
  Healthcheck: { Test: ['NONE'] },
  HostConfig: {
    ...LOCKED,
    NetworkMode: 'none',
    PidsLimit: 64,
    Mounts: volumes.map(({ volume, at, readOnly = false }) => ({ Type: 'volume', Source: volume, Target: at, ReadOnly: readOnly })),
  },
});

/** Folders of a container that belong to Odoo's user: a volume that is mounted for the first time may be root's. */
async function ownFolders(host: Host, container: string, folders: readonly string[], signal: AbortSignal): Promise<void> {
  const owner = await userOf(host, container, host.settings.user, signal);
  await putFiles(
    host,
    container,
    folders.map((folder) => ({ path: folder.slice(1), text: null, mode: 0o750, ...owner })),
    signal,
  );
}

/**
 * The environment's filestore: empty, or a copy of a template's. Never by shared inodes: by reflink where the file system can, else a copy.
 * @returns how many bytes it holds
 */
export async function makeFilestore(
  host: Host,
  { identity, stamp }: Attempt,
  code: Code,
  from: string | null,
  signal: AbortSignal,
): Promise<number> {
  const { project, user } = host.settings;
  const volume = filestoreName(identity);
  await makeVolume(host, volume, 'filestore', stamp, {}, signal);
  const target = filestoreFolder(identity.database);
  const template = from === null ? null : templateVolume(project, from);
  if (template !== null && !(await inspectVolume(host, template, signal))) throw incomplete(from ?? '');
  const copy =
    template === null
      ? ':'
      : `[ -e ${FROM}/${COMPLETE} ] || exit ${INCOMPLETE}; cp -R --preserve=mode,timestamps --reflink=auto ${FROM}/${FILES}/. ${target}/`;
  const mounts = [{ volume, at: DATA_DIR }, ...(template === null ? [] : [{ volume: template, at: FROM, readOnly: true }])];
  const body = copierBody(code.id, user, `${copy}; du -sb ${target} | cut -f1`, mounts);
  const lines: string[] = [];
  const prepare = (id: string): Promise<void> => ownFolders(host, id, [DATA_DIR, `${DATA_DIR}/filestore`, target], signal);
  const { exitCode } = await runContainer(
    host,
    `${identity.name}-job`,
    stamp,
    body,
    { prepare, onLine: (line) => lines.push(line) },
    signal,
  );
  if (exitCode === INCOMPLETE) throw incomplete(from ?? '');
  if (exitCode !== 0) throw copyFailed(lines);
  return Number(lines.at(-1) ?? 0);
}

const incomplete = (name: string): OpsError =>
  new OpsError('failed', `The template ${name} has no filestore here, or only a part of one.`, {
    hint: 'Make it again: `odoo-ops pr template`.',
  });

const copyFailed = (lines: readonly string[]): OpsError =>
  new OpsError('failed', `The filestore could not be copied: ${lines.at(-1) ?? 'no word of why'}`, {
    ...(lines.some((line) => /no space left/i.test(line))
      ? { hint: 'The disk of the engine is full: make room there, then try again.' }
      : {}),
  });

/** Sends a folder of this machine into a container, as files of an owner. What is neither file nor folder stays behind. */
async function sendFolder(
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
  await Promise.all([
    sending,
    feed().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error)))),
  ]);
}

/** Keeps files as a template's filestore; what had the name is replaced. */
export async function storeTemplate(
  host: Host,
  name: string,
  stamp: Stamp,
  from: { folder: string } | { environment: EnvironmentIdentity },
  signal: AbortSignal,
): Promise<void> {
  const { project, base, user } = host.settings;
  await requireImage(host, base, signal);
  const volume = templateVolume(project, name);
  await makeVolume(host, volume, 'template', stamp, {}, signal);
  const target = `${DATA_DIR}/${FILES}`;
  const done = `touch ${DATA_DIR}/${COMPLETE}`;
  const carrier = `${volume}-job`;
  if ('environment' in from) {
    const source = `${FROM}/filestore/${from.environment.database}`;
    const script = `[ ! -d ${source} ] || cp -R --preserve=mode,timestamps --reflink=auto ${source}/. ${target}/; ${done}`;
    const body = copierBody(base, user, script, [
      { volume, at: DATA_DIR },
      { volume: filestoreName(from.environment), at: FROM, readOnly: true },
    ]);
    const lines: string[] = [];
    const prepare = (id: string): Promise<void> => ownFolders(host, id, [DATA_DIR, target], signal);
    const { exitCode } = await runContainer(host, carrier, stamp, body, { prepare, onLine: (line) => lines.push(line) }, signal);
    if (exitCode !== 0) throw copyFailed(lines);
    return;
  }
  const id = await createContainer(host, carrier, 'job', stamp, copierBody(base, user, ':', [{ volume, at: DATA_DIR }]), signal);
  try {
    await ownFolders(host, id, [DATA_DIR, target], signal);
    const owner = await userOf(host, id, user, signal);
    await sendFolder(host, id, from.folder, target.slice(1), owner, signal);
    await putFiles(host, id, [{ path: `${DATA_DIR.slice(1)}/${COMPLETE}`, text: '', mode: 0o640, ...owner }], signal);
  } finally {
    await removeContainer(host, id, AbortSignal.timeout(60_000));
  }
}
