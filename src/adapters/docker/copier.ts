import type { ContainerCreateOptions } from 'dockerode';
import { OpsError } from '../../core/errors.ts';
import { LOCKED } from './containers.ts';
import { putFiles, userOf } from './files.ts';
import type { Host } from './settings.ts';

/** Where a copier sees what it copies from; what it copies to is Odoo's own `data_dir`. */
export const FROM = '/from';

/** Never by shared inodes: by reflink where the file system can, else byte by byte. */
export const COPY = 'cp -R --preserve=mode,timestamps --reflink=auto';

/** A container that sees volumes and no network, and runs a few commands of a shell as Odoo's user. */
export const copierBody = (
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
export async function ownFolders(host: Host, container: string, folders: readonly string[], signal: AbortSignal): Promise<void> {
  const owner = await userOf(host, container, host.settings.user, signal);
  await putFiles(
    host,
    container,
    folders.map((folder) => ({ path: folder.slice(1), text: null, mode: 0o750, ...owner })),
    signal,
  );
}

export const copyFailed = (lines: readonly string[]): OpsError =>
  new OpsError('failed', `The filestore could not be copied: ${lines.at(-1) ?? 'no word of why'}`, {
    ...(lines.some((line) => /no space left/i.test(line))
      ? { hint: 'The disk of the engine is full: make room there, then try again.' }
      : {}),
  });
