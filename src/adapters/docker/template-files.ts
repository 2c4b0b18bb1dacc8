import { randomBytes } from 'node:crypto';
import type { VolumeInspectInfo } from 'dockerode';
import { OpsError } from '../../core/errors.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Stamp } from '../../core/pr-environments/thing.ts';
import { ask } from './ask.ts';
import { statusOf } from './engine-error.ts';
import { createContainer, isOurs, removeContainer } from './containers.ts';
import { COPY, copierBody, copyFailed, FROM, ownFolders } from './copier.ts';
import { putFiles, userOf } from './files.ts';
import { requireImage } from './images.ts';
import { filestoreName } from './odoo.ts';
import { readLabels } from './labels.ts';
import { runContainer } from './run.ts';
import { sendFolder } from './send-folder.ts';
import { DATA_DIR, sharedName, type Host } from './settings.ts';
import { inspectVolume, makeVolume, removeVolume } from './volumes.ts';

/** Label of the volume: the template's name, which may be no name for a volume. */
const NAME = 'odoo-ops.template';
/** In the volume: the files, and beside them the word that all of them are there. */
export const FILES = 'files';
export const COMPLETE = 'complete';

const filestoreFolder = (data: string, database: string): string => `${data}/filestore/${database}`;

/** Volumes of a template's files, newest first: while one is being filled, the one before serves. */
export async function templateVolumes({ connection, settings }: Host, name: string, signal: AbortSignal): Promise<string[]> {
  const filters = JSON.stringify({ label: [`${NAME}=${name}`] });
  const { Volumes } = await ask('List the templates', signal, (aborting) => connection.docker.listVolumes({ filters, ...aborting }));
  const made = ({ Labels }: VolumeInspectInfo): string => readLabels(Labels)?.stamp.created_at ?? '';
  return Volumes.filter(({ Labels }) => isOurs(Labels, { project: settings.project, number: null }))
    .sort((a, b) => (made(a) < made(b) ? 1 : -1))
    .map((volume) => volume.Name);
}

/** Fills a volume from an environment's filestore. */
async function copyOf(host: Host, volume: string, environment: EnvironmentIdentity, stamp: Stamp, signal: AbortSignal): Promise<void> {
  const { base, user } = host.settings;
  const from = filestoreName(environment);
  // The engine would make one that is missing, and it would be nobody's.
  const there = await inspectVolume(host, from, signal);
  if (!there || !isOurs(there.Labels, environment)) throw new OpsError('failed', `Environment ${environment.number} has no filestore.`);
  const source = filestoreFolder(FROM, environment.database);
  const target = `${DATA_DIR}/${FILES}`;
  const body = copierBody(base, user, `[ ! -d ${source} ] || ${COPY} ${source}/. ${target}/; touch ${DATA_DIR}/${COMPLETE}`, [
    { volume, at: DATA_DIR },
    { volume: from, at: FROM, readOnly: true },
  ]);
  const lines: string[] = [];
  const prepare = (id: string): Promise<void> => ownFolders(host, id, [DATA_DIR, target], signal);
  const { exitCode } = await runContainer(host, `${volume}-job`, stamp, body, { prepare, onLine: (line) => lines.push(line) }, signal);
  if (exitCode !== 0) throw copyFailed(lines);
}

/** Fills a volume from a folder of this machine, by way of a container that never starts. */
async function uploadOf(host: Host, volume: string, folder: string, stamp: Stamp, signal: AbortSignal): Promise<void> {
  const { base, user } = host.settings;
  const target = `${DATA_DIR}/${FILES}`;
  const body = copierBody(base, user, ':', [{ volume, at: DATA_DIR }]);
  const id = await createContainer(host, `${volume}-job`, 'job', stamp, body, signal);
  try {
    await ownFolders(host, id, [DATA_DIR, target], signal);
    const owner = await userOf(host, id, user, signal);
    await sendFolder(host, id, folder, target.slice(1), owner, signal);
    await putFiles(host, id, [{ path: `${DATA_DIR.slice(1)}/${COMPLETE}`, text: '', mode: 0o640, ...owner }], signal);
  } finally {
    await removeContainer(host, id, AbortSignal.timeout(60_000));
  }
}

/**
 * Keeps files as a template's filestore. What had the name serves until all of them are there, and goes then.
 * @param from a folder as Odoo has it for a database (`<data_dir>/filestore/<database>`), or that of an environment
 */
export async function storeTemplate(
  host: Host,
  name: string,
  stamp: Stamp,
  from: { folder: string } | { environment: EnvironmentIdentity },
  signal: AbortSignal,
): Promise<void> {
  await requireImage(host, host.settings.base, signal);
  const volume = sharedName(host.settings.project, `template-${randomBytes(4).toString('hex')}`);
  await makeVolume(host, volume, 'template', stamp, { [NAME]: name }, signal);
  try {
    await ('folder' in from ? uploadOf(host, volume, from.folder, stamp, signal) : copyOf(host, volume, from.environment, stamp, signal));
  } catch (error) {
    await removeVolume(host, volume, AbortSignal.timeout(60_000)).catch(() => undefined);
    throw error;
  }
  for (const older of await templateVolumes(host, name, signal)) {
    if (older === volume) continue;
    await removeVolume(host, older, signal).catch((error: unknown) => {
      // Somebody copies from it right now; it goes with the next.
      if (!(error instanceof OpsError) || statusOf(error.cause) !== 409) throw error;
    });
  }
}
