import type Docker from 'dockerode';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import { sharedStamp } from '../../../core/pr-environments/thing.ts';
import { ask, queryless } from '../ask.ts';
import type { DockerConnection } from '../connect.ts';
import { labelsOf } from '../labels.ts';

/** Milliseconds for taking it away, whatever became of the build. */
const REMOVING = 10_000;

/**
 * Runs a build in a network of its own, which leads out and to no other container; on the default bridge everybody's containers see each other.
 * What a process that was killed leaves of it bears a shared stamp that expires, and goes with a sweep.
 * @param use gets its name; null with Podman, which does not know the option that shuts containers off
 * @throws OpsError `failed` where the engine has no more address ranges
 */
export async function inBuildNetwork<T>(
  { docker, product }: Pick<DockerConnection, 'docker' | 'product'>,
  { identity, id }: Attempt,
  expires_at: string,
  use: (network: string | null) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  if (product === 'podman') return use(null);
  const { project } = identity;
  const body = {
    Name: `odoo-ops-${project}-build-${id}`,
    Driver: 'bridge',
    EnableIPv6: false,
    Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    Labels: labelsOf('network', sharedStamp(project, { expires_at })),
  };
  try {
    await ask(`Create the network ${body.Name}`, signal, (aborting) => docker.createNetwork({ ...queryless(body), ...aborting }));
    return await use(body.Name);
  } finally {
    await remove(docker, body.Name);
  }
}

/** Not by a signal that has fired. The container of a build that was ended leaves it first; a sweep takes what does not go in time. */
async function remove(docker: Docker, name: string): Promise<void> {
  const network = docker.getNetwork(name) as unknown as {
    inspect: (options: object) => Promise<Docker.NetworkInspectInfo>;
    disconnect: (options: object) => Promise<unknown>;
    remove: (options: object) => Promise<unknown>;
  };
  const abortSignal = AbortSignal.timeout(REMOVING);
  const work = async (): Promise<void> => {
    const { Containers = {} } = await network.inspect({ abortSignal });
    for (const Container of Object.keys(Containers))
      await network.disconnect({ Container, Force: true, abortSignal }).catch(() => undefined);
    await network.remove({ abortSignal });
  };
  await work().catch(() => undefined);
}
