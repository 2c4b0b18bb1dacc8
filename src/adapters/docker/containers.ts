import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerCreateOptions, ContainerInspectInfo, HostConfig } from 'dockerode';
import { OpsError } from '../../core/errors.ts';
import type { Part, Stamp } from '../../core/pr-environments/thing.ts';
import { ask, askWhether, queryless } from './ask.ts';
import { statusOf, wordsOf } from './engine-error.ts';
import { bears, labelsOf, readLabels } from './labels.ts';
import type { Host } from './settings.ts';

/** Milliseconds for starting, stopping, removing. */
const LONG = 120_000;
const NAME_TRIES = 50;
const NAME_PAUSE = 200;

/** Logs of what runs for long: code of a pull request cannot fill the disk with its words. */
export const LOGS: HostConfig['LogConfig'] = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } };

/** What every container of ours gives up. */
export const LOCKED: HostConfig = {
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  Privileged: false,
  LogConfig: LOGS,
  // Rights to route or listen in its own network; no container passes on what is not for it.
  Sysctls: { 'net.ipv4.ip_forward': '0', 'net.ipv4.ip_unprivileged_port_start': '0' },
};

export async function inspect(
  { connection }: { connection: Pick<Host['connection'], 'docker'> },
  nameOrId: string,
  signal: AbortSignal,
): Promise<ContainerInspectInfo | null> {
  const container = connection.docker.getContainer(nameOrId);
  return askWhether(`Look at the container ${nameOrId}`, signal, (aborting) => container.inspect(aborting));
}

/** Whether labels say that it belongs to the project and the pull request (or what they share) of a stamp. */
export function isOurs(labels: Record<string, string> | undefined, { project, number }: Pick<Stamp, 'project' | 'number'>): boolean {
  const read = readLabels(labels);
  return read !== null && read.stamp.project === project && read.stamp.number === number;
}

/** @throws OpsError: somebody else's thing has the name that we need */
export function foreign(kind: string, name: string): OpsError {
  return new OpsError('failed', `There is a ${kind} ${name} that Odoo Ops did not make; it is left alone.`, {
    hint: `Remove or rename it, then do the same again.`,
    details: { kind, name },
  });
}

/** Takes a container away, whatever it does; one that is gone is no error. */
export async function removeContainer({ connection }: Host, id: string, signal: AbortSignal): Promise<void> {
  const container = connection.docker.getContainer(id);
  const remove = (aborting: { abortSignal: AbortSignal }): Promise<unknown> => container.remove({ force: true, v: true, ...aborting });
  await ask(
    `Remove the container ${id.slice(0, 60)}`,
    signal,
    async (aborting) => {
      try {
        await remove(aborting);
      } catch (error) {
        // Somebody else is removing it, or did.
        if (statusOf(error) !== 404 && !(statusOf(error) === 409 && wordsOf(error).includes('already in progress'))) throw error;
      }
    },
    LONG,
  );
}

/**
 * Creates a container under our stamp. One of ours that has the name is replaced.
 * @param keep says whether the one that is there serves
 * @throws OpsError `failed` where a foreign one has it
 */
export async function createContainer(
  host: Host,
  name: string,
  part: Part,
  stamp: Stamp,
  body: ContainerCreateOptions,
  signal: AbortSignal,
  keep: (there: ContainerInspectInfo) => boolean = () => false,
): Promise<string> {
  const options = { ...body, Labels: { ...body.Labels, ...labelsOf(part, stamp) } };
  for (let attempt = 1; ; attempt++) {
    const old = await inspect(host, name, signal);
    if (old) {
      if (!isOurs(old.Config.Labels, stamp)) throw foreign('container', name);
      if (keep(old)) return old.Id;
      await removeContainer(host, old.Id, signal);
    }
    try {
      const container = await ask(
        `Create the container ${name}`,
        signal,
        (aborting) => host.connection.docker.createContainer({ ...queryless(options, { name }), ...aborting }),
        LONG,
      );
      return container.id;
    } catch (error) {
      // A name is taken from when one begins to be made; it can be looked at a moment later.
      if (attempt >= NAME_TRIES || !(error instanceof OpsError) || statusOf(error.cause) !== 409) throw error;
      await sleep(NAME_PAUSE, undefined, { signal });
    }
  }
}

export async function startContainer({ connection }: Host, id: string, name: string, signal: AbortSignal): Promise<void> {
  const container = connection.docker.getContainer(id);
  const start = async (aborting: { abortSignal: AbortSignal }): Promise<void> => {
    try {
      await container.start(aborting);
    } catch (error) {
      // 304: it runs already.
      if (statusOf(error) !== 304) throw error;
    }
  };
  await ask(`Start the container ${name}`, signal, start, LONG);
}

export async function stopContainer({ connection }: Host, id: string, signal: AbortSignal): Promise<void> {
  const container = connection.docker.getContainer(id);
  const stop = async (aborting: { abortSignal: AbortSignal }): Promise<void> => {
    try {
      await container.stop({ t: 10, ...aborting });
    } catch (error) {
      // 304: it does not run. 404: it went.
      if (statusOf(error) !== 304 && statusOf(error) !== 404) throw error;
    }
  };
  await ask(`Stop the container ${id.slice(0, 60)}`, signal, stop, LONG);
}

/** The environment's container of this name, where it is there and ours. */
export async function findOwn(
  host: Host,
  name: string,
  stamp: Pick<Stamp, 'project' | 'number'>,
  signal: AbortSignal,
): Promise<ContainerInspectInfo | null> {
  const found = await inspect(host, name, signal);
  return found && isOurs(found.Config.Labels, stamp) ? found : null;
}

export const sameStamp = (info: ContainerInspectInfo, part: Part, stamp: Stamp): boolean => bears(info.Config.Labels, part, stamp);
