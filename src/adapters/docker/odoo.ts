import type { ContainerCreateOptions } from 'dockerode';
import type { Code, OdooJob } from '../../core/pr-environments/engine.ts';
import type { Attempt, EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import { createContainer, findOwn, LOCKED, startContainer, stopContainer } from './containers.ts';
import { putFiles, readFile, userOf } from './files.ts';
import { labelsOf } from './labels.ts';
import { boundsOf, type PlaceBounds } from './place.ts';
import { runContainer } from './run.ts';
import { CONFIG_FILE, CONFIG_FOLDER, DATA_DIR, type Host } from './settings.ts';

/** A name server that is nowhere (RFC 5737): the engine would ask its host's for names that it does not know, and so carry words outside. */
const NO_NAME_SERVER = '192.0.2.1';
const PROCESSES = 512;

export const odooName = ({ name }: EnvironmentIdentity): string => `${name}-odoo`;
export const filestoreName = ({ name }: EnvironmentIdentity): string => `${name}-filestore`;

/** Odoo's container: locked in, bounded, nobody special. */
function odooBody(
  { settings }: Host,
  { identity, stamp }: Attempt,
  { id }: Code,
  words: readonly string[],
  bounds: PlaceBounds,
): ContainerCreateOptions {
  return {
    Image: id,
    Entrypoint: [...settings.command],
    Cmd: [...words, '-c', CONFIG_FILE, '-d', identity.database],
    User: settings.user,
    WorkingDir: '/',
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...LOCKED,
      NetworkMode: identity.name,
      Dns: [NO_NAME_SERVER],
      DnsOptions: ['timeout:1', 'attempts:1'],
      NanoCpus: Math.round(bounds.cpus * 1e9),
      Memory: bounds.memory,
      MemorySwap: bounds.memory,
      PidsLimit: PROCESSES,
      // Labelled for an engine that would make it where it is missing.
      Mounts: [
        {
          Type: 'volume',
          Source: filestoreName(identity),
          Target: DATA_DIR,
          VolumeOptions: { NoCopy: false, Labels: labelsOf('filestore', stamp), DriverConfig: { Name: 'local', Options: {} } },
        },
      ],
    },
    NetworkingConfig: { EndpointsConfig: { [identity.name]: { Links: bounds.links } } },
  };
}

/**
 * The configuration file, which Odoo's group alone reads: the role's password is in it. It is root's, so that code of the pull request, which runs
 * as Odoo's user, cannot change by which settings it is asked later.
 */
async function putConfiguration(
  { host, container, text }: { host: Host; container: string; text: string },
  signal: AbortSignal,
): Promise<void> {
  const { gid } = await userOf(host, container, host.settings.user, signal);
  const files = [
    { path: CONFIG_FOLDER.slice(1), text: null, mode: 0o750, uid: 0, gid },
    { path: CONFIG_FILE.slice(1), text, mode: 0o440, uid: 0, gid },
  ];
  await putFiles(host, container, files, signal);
}

/** Runs Odoo's command to its end. @returns its exit code; null where a signal ended it */
export async function runOdoo(host: Host, attempt: Attempt, code: Code, job: OdooJob, signal: AbortSignal): Promise<number | null> {
  const { identity, stamp } = attempt;
  const bounds = await boundsOf(host, identity, signal);
  const body = odooBody(host, attempt, code, job.arguments, bounds);
  const prepare = (container: string): Promise<void> => putConfiguration({ host, container, text: job.configuration }, signal);
  const { exitCode, outOfMemory } = await runContainer(
    host,
    `${identity.name}-job-${job.name.replace(/[^a-z0-9]+/gi, '-')}`,
    stamp,
    body,
    { prepare, onLine: job.onLine },
    signal,
  );
  if (outOfMemory) job.onLine(tooMuchMemory(bounds.memory), 'stderr');
  return exitCode;
}

export const tooMuchMemory = (bytes: number): string =>
  `It was ended because it used more memory than it may: ${Math.round(bytes / 1024 ** 2)} MB (pull_requests.limits.memory).`;

/** Starts Odoo in the stead of what ran there. */
export async function startOdoo(host: Host, attempt: Attempt, code: Code, configuration: string, signal: AbortSignal): Promise<void> {
  const { identity, stamp } = attempt;
  const body = odooBody(host, attempt, code, [], await boundsOf(host, identity, signal));
  body.HostConfig = { ...body.HostConfig, RestartPolicy: { Name: 'unless-stopped' } };
  const name = odooName(identity);
  const container = await createContainer(host, name, 'odoo', stamp, body, signal);
  await putConfiguration({ host, container, text: configuration }, signal);
  await startContainer(host, container, name, signal);
}

/** Text of the configuration that it was started with; null where there is none. */
export async function configurationOf(host: Host, identity: EnvironmentIdentity, signal: AbortSignal): Promise<string | null> {
  const found = await findOwn(host, odooName(identity), identity, signal);
  return found ? readFile(host, found.Id, CONFIG_FILE, signal) : null;
}

export async function stopOdoo(host: Host, identity: EnvironmentIdentity, signal: AbortSignal): Promise<void> {
  const found = await findOwn(host, odooName(identity), identity, signal);
  if (found) await stopContainer(host, found.Id, signal);
}

/** @returns false where there is none */
export async function wakeOdoo(host: Host, identity: EnvironmentIdentity, signal: AbortSignal): Promise<boolean> {
  const found = await findOwn(host, odooName(identity), identity, signal);
  if (!found) return false;
  await startContainer(host, found.Id, odooName(identity), signal);
  return true;
}

/**
 * Whether Odoo ended by itself. The engine starts it again and again, so it is found between two starts; one that stands still was stopped.
 * @returns null where it runs, was stopped, or there is none
 */
export async function endedByItself(
  host: Host,
  identity: EnvironmentIdentity,
  signal: AbortSignal,
): Promise<{ exitCode: number | null; outOfMemory: number | null; id: string } | null> {
  const found = await findOwn(host, odooName(identity), identity, signal);
  if (!found) return null;
  const { State, HostConfig } = found;
  const failed = !State.Running && (State.Dead || State.Error !== '' || State.OOMKilled);
  if (!State.Restarting && !failed) return null;
  return { exitCode: State.ExitCode, outOfMemory: State.OOMKilled ? (HostConfig.Memory ?? 0) : null, id: found.Id };
}
