import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import type { Bounds, Place } from '../../core/pr-environments/engine.ts';
import type { Attempt, EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import { createContainer, removeContainer, startContainer } from './containers.ts';
import { asSeenByRelay, checkDatabase, databaseContainer } from './database.ts';
import { requireImage } from './images.ts';
import { inspectNetwork, joinNetwork, makeNetwork } from './networks.ts';
import { planRelays, relayBody, relayLinks, relayName, type Relay } from './relays.ts';
import { ensureServices, joinServices } from './services.ts';
import { sharedStamp } from '../../core/pr-environments/thing.ts';
import { DATA_DIR, DATABASE_ALIAS, GEVENT_PORT, HTTP_PORT, MAIL_ALIAS, sharedName, SMTP_PORT, type Host } from './settings.ts';
import { listThings } from './things.ts';

/** Label of the network that says what its containers may use: whoever starts one later finds it there. */
const PLACE = 'odoo-ops.place';
const placeSchema = z.object({ cpus: z.number(), memory: z.number(), links: z.array(z.string()) });
export type PlaceBounds = z.infer<typeof placeSchema>;

/** What an older attempt left: its containers, which would keep the network. */
async function clearOlder(host: Host, { identity, id }: Attempt, signal: AbortSignal): Promise<void> {
  const things = await listThings(host, identity.project, signal);
  const old = things.filter(({ kind, stamp }) => kind === 'container' && stamp.number === identity.number && stamp.attempt !== id);
  await Promise.all(old.map((thing) => removeContainer(host, thing.id, signal)));
}

async function makeRelays(
  host: Host,
  { identity, stamp }: Attempt,
  relays: readonly Relay[],
  networkId: string,
  signal: AbortSignal,
): Promise<void> {
  const { project, base } = host.settings;
  if (relays.length === 0) return;
  await requireImage(host, base, signal);
  const out = await makeNetwork(host, sharedName(project, 'out'), 'open', sharedStamp(project), {}, signal);
  const network = await inspectNetwork(host, networkId, signal);
  if (!network) throw new OpsError('moved', `The network ${identity.name} went while it was used.`);
  await Promise.all(
    relays.map(async (relay, index) => {
      const name = relayName(identity.name, index);
      const id = await createContainer(host, name, 'relay', stamp, relayBody(host.settings, relay, out.Id), signal);
      await joinNetwork(host, network, id, [], signal);
      await startContainer(host, id, name, signal);
    }),
  );
}

/**
 * Makes the place of an environment: a network of its own that leads nowhere, in it the proxy, the mail catcher, and the database server or a relay
 * to it. What an older attempt had goes.
 * @throws OpsError `failed` where something of it cannot be made or the database server is not reached
 */
export async function makePlace(
  host: Host,
  attempt: Attempt,
  bounds: Bounds,
  database: { host: string; port: number },
  signal: AbortSignal,
): Promise<Place> {
  const { identity, stamp } = attempt;
  const services = await ensureServices(host, signal);
  await clearOlder(host, attempt, signal);
  const outside = asSeenByRelay(host, database);
  const relays = planRelays(bounds.egress, outside);
  const container =
    host.settings.databaseContainer === null ? null : await databaseContainer(host, host.settings.databaseContainer, database.port, signal);
  const links = [
    ...relayLinks(identity.name, relays),
    ...(container ? [`${host.settings.databaseContainer ?? ''}:${DATABASE_ALIAS}`] : []),
  ];
  const label: PlaceBounds = { cpus: bounds.cpus, memory: bounds.memory, links };
  const network = await makeNetwork(host, identity.name, 'locked', stamp, { [PLACE]: JSON.stringify(label) }, signal);
  await joinServices(host, network.Id, services, signal);
  if (container) await joinNetwork(host, network, container.id, [], signal);
  await makeRelays(host, attempt, relays, network.Id, signal);
  if (outside) await checkDatabase(host, identity, outside, signal);
  return {
    database: { host: DATABASE_ALIAS, port: container?.port ?? database.port },
    mail: { host: MAIL_ALIAS, port: SMTP_PORT },
    data_dir: DATA_DIR,
    http: { interface: '0.0.0.0', port: HTTP_PORT },
    gevent: { port: GEVENT_PORT },
  };
}

/** What containers of an environment may use, as its place was made. @throws OpsError `failed` where it has none */
export async function boundsOf(host: Host, identity: EnvironmentIdentity, signal: AbortSignal): Promise<PlaceBounds> {
  const label = (await inspectNetwork(host, identity.name, signal))?.Labels?.[PLACE];
  if (label === undefined) {
    throw new OpsError('failed', `Environment ${identity.number} has no network.`, {
      hint: `Build it again: \`odoo-ops pr rebuild ${identity.number}\`.`,
    });
  }
  return placeSchema.parse(JSON.parse(label));
}
