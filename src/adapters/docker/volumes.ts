import type { VolumeInspectInfo } from 'dockerode';
import type { Part, Stamp } from '../../core/pr-environments/thing.ts';
import { ask, askWhether, queryless } from './ask.ts';
import { statusOf } from './engine-error.ts';
import { foreign, isOurs } from './containers.ts';
import { labelsOf } from './labels.ts';
import type { Host } from './settings.ts';

export async function inspectVolume({ connection }: Host, name: string, signal: AbortSignal): Promise<VolumeInspectInfo | null> {
  const volume = connection.docker.getVolume(name);
  return askWhether(`Look at the volume ${name}`, signal, (aborting) => volume.inspect(aborting));
}

export async function removeVolume({ connection }: Host, name: string, signal: AbortSignal): Promise<void> {
  const volume = connection.docker.getVolume(name);
  await ask(`Remove the volume ${name}`, signal, async (aborting) => {
    try {
      await volume.remove({ ...aborting });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  });
}

/**
 * The volume of a name under our stamp: as it is where environments share it.
 * @throws OpsError `failed` where a foreign one has the name
 */
export async function makeVolume(
  host: Host,
  name: string,
  part: Part,
  stamp: Stamp,
  labels: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const old = await inspectVolume(host, name, signal);
  if (old) {
    if (!isOurs(old.Labels, stamp)) throw foreign('volume', name);
    if (part === 'proxy') return;
    await removeVolume(host, name, signal);
  }
  const body = { Name: name, Labels: { ...labelsOf(part, stamp), ...labels } };
  await ask(`Create the volume ${name}`, signal, (aborting) => host.connection.docker.createVolume({ ...queryless(body), ...aborting }));
  // The engine answers a name that came meanwhile with what is there.
  const made = await inspectVolume(host, name, signal);
  if (!made || !isOurs(made.Labels, stamp)) throw foreign('volume', name);
}
