import type { NetworkInspectInfo } from 'dockerode';
import type { Stamp } from '../../core/pr-environments/thing.ts';
import { ask, askWhether, queryless } from './ask.ts';
import { statusOf } from './engine-error.ts';
import { compareApi } from './connect.ts';
import { foreign, isOurs } from './containers.ts';
import { bears, labelsOf } from './labels.ts';
import type { Host } from './settings.ts';

/** `locked`: no way out, not even to the host itself; `open`: a usual bridge whose containers do not see each other. */
export type NetworkKind = 'locked' | 'open';

/**
 * An internal network still gives the host an address in it, and with it every program that listens on all of the host's addresses.
 * Engines since 28 leave it out by `isolated`; older ones by not giving the bridge one. Podman knows neither.
 */
function optionsOf({ connection: { product, api } }: Host, kind: NetworkKind): Record<string, string> {
  if (product === 'podman') return {};
  if (kind === 'open') return { 'com.docker.network.bridge.enable_icc': 'false' };
  if (compareApi(api, '1.48') >= 0) return { 'com.docker.network.bridge.gateway_mode_ipv4': 'isolated' };
  return { 'com.docker.network.bridge.inhibit_ipv4': 'true' };
}

export async function inspectNetwork({ connection }: Host, nameOrId: string, signal: AbortSignal): Promise<NetworkInspectInfo | null> {
  // Its types do not know that it takes options.
  const network = connection.docker.getNetwork(nameOrId) as unknown as { inspect: (options: object) => Promise<NetworkInspectInfo> };
  return askWhether(`Look at the network ${nameOrId}`, signal, (aborting) => network.inspect(aborting));
}

/** Takes a network away, whoever is in it: they keep their other networks. */
export async function removeNetwork(host: Host, id: string, signal: AbortSignal): Promise<void> {
  const info = await inspectNetwork(host, id, signal);
  if (!info) return;
  const network = host.connection.docker.getNetwork(info.Id);
  await Promise.all(Object.keys(info.Containers ?? {}).map((container) => leave(host, info.Id, container, signal)));
  await ask(`Remove the network ${info.Name}`, signal, async (aborting) => {
    try {
      await (network.remove(aborting) as Promise<unknown>);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  });
}

async function leave({ connection }: Host, network: string, container: string, signal: AbortSignal): Promise<void> {
  const options = { Container: container, Force: true };
  await ask('Leave a network', signal, async (aborting) => {
    try {
      await (connection.docker.getNetwork(network).disconnect({ ...options, ...aborting }) as Promise<unknown>);
    } catch (error) {
      // It went meanwhile; or a stopped one, which keeps no network from going.
      if (![403, 404, 500].includes(statusOf(error) ?? 0)) throw error;
    }
  });
}

/**
 * Networks of exactly this name: the engine lets several have one where they were made at the same moment. The first that was made is first for
 * everybody.
 */
async function named({ connection }: Host, name: string, signal: AbortSignal): Promise<NetworkInspectInfo[]> {
  const filters = JSON.stringify({ name: [name] });
  const found = await ask(`Look for the network ${name}`, signal, (aborting) => connection.docker.listNetworks({ filters, ...aborting }));
  return found.filter((network) => network.Name === name).sort((a, b) => (`${a.Created} ${a.Id}` < `${b.Created} ${b.Id}` ? -1 : 1));
}

/**
 * The network of a name under exactly this stamp: as it is, or made anew.
 * @param labels more of them
 * @throws OpsError `failed` where a foreign one has the name, or the engine has no more address ranges
 */
export async function makeNetwork(
  host: Host,
  name: string,
  kind: NetworkKind,
  stamp: Stamp,
  labels: Record<string, string>,
  signal: AbortSignal,
): Promise<NetworkInspectInfo> {
  const serves = ({ Labels }: NetworkInspectInfo): boolean =>
    // What environments share was made by whoever came first.
    (stamp.number === null || bears(Labels, 'network', stamp)) && Object.entries(labels).every(([key, value]) => Labels?.[key] === value);
  let made: string | null = null;
  for (;;) {
    const there = await named(host, name, signal);
    if (there.some(({ Labels }) => !isOurs(Labels, stamp))) throw foreign('network', name);
    const [first] = there;
    if (first && serves(first)) {
      // Somebody was quicker.
      if (made !== null && made !== first.Id) await removeNetwork(host, made, signal);
      return first;
    }
    for (const { Id } of there) await removeNetwork(host, Id, signal);
    made = await create(host, name, kind, { ...labelsOf('network', stamp), ...labels }, signal);
  }
}

/** @returns its id; null where there is one of the name now */
async function create(
  host: Host,
  name: string,
  kind: NetworkKind,
  labels: Record<string, string>,
  signal: AbortSignal,
): Promise<string | null> {
  const body = {
    Name: name,
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: kind === 'locked',
    EnableIPv6: false,
    Options: optionsOf(host, kind),
    Labels: labels,
  };
  return ask(`Create the network ${name}`, signal, async (aborting) => {
    try {
      return (await host.connection.docker.createNetwork({ ...queryless(body), ...aborting })).id;
    } catch (error) {
      if (statusOf(error) === 409) return null;
      throw error;
    }
  });
}

/** Puts a container into a network; one that is in it already is no error. */
export async function joinNetwork(
  { connection }: Host,
  network: NetworkInspectInfo,
  container: string,
  aliases: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const options = { Container: container, EndpointConfig: { Aliases: [...aliases] } };
  await ask(`Connect a container to the network ${network.Name}`, signal, async (aborting) => {
    try {
      await (connection.docker.getNetwork(network.Id).connect({ ...options, ...aborting }) as Promise<unknown>);
    } catch (error) {
      if (!/already exists in network|already (?:connected|attached)/i.test(String(error))) throw error;
    }
  });
}
