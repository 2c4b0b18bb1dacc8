import type { ContainerCreateOptions } from 'dockerode';
import { LOCKED } from './containers.ts';
import { DATABASE_ALIAS, type DockerSettings } from './settings.ts';

/** One port that a relay passes on: connections to `port` of it go to `host:to`. */
export interface Passage {
  port: number;
  host: string;
  to: number;
}

/** A relay: what it passes on, and the names under which it is known. */
export interface Relay {
  /** Names outside, as Odoo knows it by. The relay itself still resolves them as everybody does. */
  names: string[];
  passages: Passage[];
  /** Whether it leads to the database server too. */
  database: boolean;
}

const hostAndPort = (endpoint: string): { host: string; port: number } => {
  const at = endpoint.lastIndexOf(':');
  return { host: endpoint.slice(0, at).toLowerCase(), port: Number(endpoint.slice(at + 1)) };
};

/**
 * Spreads what may be reached over relays: a relay has one address, so two hosts that are reached at the same port need two of them, and a host
 * stands on one of them only.
 * @param egress `host:port` each
 * @param database where the database server is as seen from a relay; null where it is a container
 */
export function planRelays(egress: readonly string[], database: { host: string; port: number } | null): Relay[] {
  const relays: Relay[] = [];
  if (database) relays.push({ names: [], passages: [{ port: database.port, host: database.host, to: database.port }], database: true });
  const ports = new Map<string, Set<number>>();
  for (const { host, port } of egress.map(hostAndPort)) ports.set(host, (ports.get(host) ?? new Set()).add(port));
  for (const [host, wanted] of [...ports].sort(([a], [b]) => (a < b ? -1 : 1))) {
    let relay = relays.find(({ passages }) => passages.every(({ port }) => !wanted.has(port)));
    if (!relay) relays.push((relay = { names: [], passages: [], database: false }));
    relay.names.push(host);
    relay.passages.push(...[...wanted].sort((a, b) => a - b).map((port) => ({ port, host, to: port })));
  }
  return relays;
}

/** Name of the container: the first is `…-relay`, the others are numbered. */
export const relayName = (environment: string, index: number): string => `${environment}-relay${index === 0 ? '' : `-${index + 1}`}`;

/**
 * How Odoo's container knows the relays. As links, which are that container's own: an alias of the network would be what the relay itself
 * finds under the name of the place that it leads to.
 */
export const relayLinks = (environment: string, relays: readonly Relay[]): string[] =>
  relays.flatMap(({ names, database }, index) =>
    [...names, ...(database ? [DATABASE_ALIAS] : [])].map((name) => `${relayName(environment, index)}:${name}`),
  );

/** Passes bytes on, both ways, and nothing else: TLS goes through as it is. */
const PROGRAM = `
import asyncio, sys
async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()
def passage(host, to):
    async def serve(reader, writer):
        try:
            there, back = await asyncio.wait_for(asyncio.open_connection(host, to), 15)
        except (OSError, asyncio.TimeoutError) as error:
            print(host, to, error, file=sys.stderr, flush=True)
            writer.close()
            return
        try:
            await asyncio.gather(pump(reader, back), pump(there, writer))
        finally:
            back.close()
            writer.close()
    return serve
async def main():
    for words in sys.argv[1:]:
        port, host, to = words.split("=")
        await asyncio.start_server(passage(host, int(to)), "0.0.0.0", int(port))
    await asyncio.Event().wait()
asyncio.run(main())
`;

/** The container of a relay; it begins in the network that leads out. */
export function relayBody({ base }: DockerSettings, relay: Relay, out: string): ContainerCreateOptions {
  return {
    Image: base,
    Entrypoint: ['python3', '-I', '-c', PROGRAM],
    Cmd: relay.passages.map(({ port, host, to }) => `${port}=${host}=${to}`),
    User: '65534:65534',
    WorkingDir: '/',
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...LOCKED,
      NetworkMode: out,
      ReadonlyRootfs: true,
      Memory: 128 * 1024 ** 2,
      MemorySwap: 128 * 1024 ** 2,
      PidsLimit: 64,
      RestartPolicy: { Name: 'unless-stopped' },
      ExtraHosts: ['host.docker.internal:host-gateway'],
    },
  };
}
