import type { Part, Stamp, Thing } from '../../core/pr-environments/thing.ts';
import { ask } from './ask.ts';
import { statusOf } from './engine-error.ts';
import { inspect, removeContainer } from './containers.ts';
import { inspectImage } from './images.ts';
import { bears, projectLabel, readLabels } from './labels.ts';
import { inspectNetwork, removeNetwork } from './networks.ts';
import type { Host } from './settings.ts';
import { inspectVolume, removeVolume } from './volumes.ts';

/** What each kind can be: a container that somebody else made from an image of ours bears the image's labels, and is not ours. */
const PARTS_OF = {
  container: ['odoo', 'job', 'relay', 'proxy', 'mail'],
  network: ['network'],
  volume: ['filestore', 'template', 'proxy'],
  image: ['code', 'requirements'],
} as const satisfies Partial<Record<Thing['kind'], readonly Part[]>>;
type DockerKind = keyof typeof PARTS_OF;

interface Found {
  id: string;
  name: string;
  labels: Record<string, string> | null | undefined;
  running?: boolean;
  bytes?: number;
}

/** @returns null for what is not ours */
function thingOf(kind: DockerKind, project: string, { id, name, labels, running, bytes }: Found): Thing | null {
  const read = readLabels(labels);
  if (read?.stamp.project !== project || !(PARTS_OF[kind] as readonly Part[]).includes(read.part)) return null;
  return { kind, part: read.part, id, name, stamp: read.stamp, running: running ?? null, bytes: bytes ?? null };
}

const NO_NAME = '<none>:<none>';
const namesOf = (tags: readonly string[] | null | undefined): string[] => (tags ?? []).filter((tag) => tag !== NO_NAME);

/** Whether we gave this name to an image. Podman says where it is from, too. */
const isOurTag = (project: string, tag: string): boolean => tag.replace(/^localhost\//, '').startsWith(`odoo-ops/${project}/`);

/**
 * Whether an image is ours to remove: it has a name of ours, or none at all. One that a person named, and that has lost our names, is theirs; and
 * so is what somebody built on an image of ours, which bears its labels.
 */
function isOurImage(project: string, tags: readonly string[] | null | undefined): boolean {
  const names = namesOf(tags);
  return names.length === 0 || names.some((name) => isOurTag(project, name));
}

const filtersOf = (project: string): { filters: string } => ({ filters: JSON.stringify({ label: [projectLabel(project)] }) });

/** All that bears our stamp for a project. @throws OpsError `unreachable` */
export async function listThings({ connection: { docker } }: Host, project: string, signal: AbortSignal): Promise<Thing[]> {
  const filters = filtersOf(project);
  const [containers, networks, volumes, images] = await Promise.all([
    ask('List containers', signal, (aborting) => docker.listContainers({ all: true, ...filters, ...aborting })),
    ask('List networks', signal, (aborting) => docker.listNetworks({ ...filters, ...aborting })),
    ask('List volumes', signal, (aborting) => docker.listVolumes({ ...filters, ...aborting })),
    ask('List images', signal, (aborting) => docker.listImages({ ...filters, ...aborting })),
  ]);
  return [
    ...containers.map(({ Id, Names, Labels, State }) =>
      thingOf('container', project, { id: Id, name: Names[0]?.slice(1) ?? Id, labels: Labels, running: State === 'running' }),
    ),
    ...networks.map(({ Id, Name, Labels }) => thingOf('network', project, { id: Id, name: Name, labels: Labels })),
    ...volumes.Volumes.map(({ Name, Labels }) => thingOf('volume', project, { id: Name, name: Name, labels: Labels })),
    ...images
      .filter(({ RepoTags }) => isOurImage(project, RepoTags))
      .map(({ Id, RepoTags, Labels, Size }) => {
        const name = namesOf(RepoTags).find((tag) => isOurTag(project, tag)) ?? Id;
        return thingOf('image', project, { id: Id, name, labels: Labels, bytes: Size });
      }),
  ].filter((thing): thing is Thing => thing !== null);
}

/** Networks of the project's environments. */
export async function listNetworks(host: Host, project: string, signal: AbortSignal): Promise<Thing[]> {
  return (await listThings(host, project, signal)).filter(({ kind, stamp }) => kind === 'network' && stamp.number !== null);
}

async function labelsNow(
  host: Host,
  kind: DockerKind,
  id: string,
  signal: AbortSignal,
): Promise<Record<string, string> | null | undefined> {
  switch (kind) {
    case 'container':
      return (await inspect(host, id, signal))?.Config.Labels;
    case 'network':
      return (await inspectNetwork(host, id, signal))?.Labels;
    case 'volume':
      return (await inspectVolume(host, id, signal))?.Labels;
    case 'image':
      return (await inspectImage(host.connection.docker, id, signal))?.Config.Labels;
  }
}

/** Takes our names from an image, and with the last of all names it goes: one that a person named too stays, and is theirs from then on. */
async function removeImage({ connection: { docker } }: Host, id: string, signal: AbortSignal, { project }: Stamp): Promise<void> {
  const names = namesOf((await inspectImage(docker, id, signal))?.RepoTags);
  await ask(`Remove the image ${id}`, signal, async (aborting) => {
    try {
      // By each of its names: an image that has several is not removed by its number.
      const ours = names.length > 0 ? names.filter((name) => isOurTag(project, name)) : [id];
      for (const name of ours) await docker.getImage(name).remove({ ...aborting });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  });
}

const isDockerKind = (kind: Thing['kind']): kind is DockerKind => kind in PARTS_OF;

/**
 * Removes one, after it looked again that it still bears the stamp that was listed.
 * @returns false where it does not
 */
export async function removeThing(
  host: Host,
  { kind, part, id, stamp }: Pick<Thing, 'kind' | 'part' | 'id'> & { stamp: Stamp },
  signal: AbortSignal,
): Promise<boolean> {
  if (!isDockerKind(kind)) return false;
  const labels = await labelsNow(host, kind, id, signal);
  if (labels === undefined) return true; // gone
  if (!bears(labels, part, stamp)) return false;
  const remove = { container: removeContainer, network: removeNetwork, volume: removeVolume, image: removeImage }[kind];
  await remove(host, id, signal, stamp);
  return true;
}
