import { createHash } from 'node:crypto';
import type { ContainerCreateOptions } from 'dockerode';
import { createContainer, inspect, LOCKED, startContainer } from './containers.ts';
import { putFiles } from './files.ts';
import { requireImage } from './images.ts';
import { makeNetwork, joinNetwork, inspectNetwork } from './networks.ts';
import { listNetworks } from './things.ts';
import { makeVolume } from './volumes.ts';
import { sharedStamp } from '../../core/pr-environments/thing.ts';
import { MAIL_ALIAS, sharedName, SMTP_PORT, type Host } from './settings.ts';

const CONFIGURATION = 'odoo-ops.configuration';
const CADDY_FILE = 'etc/odoo-ops/caddy.json';
const MEGABYTE = 1024 ** 2;

/** What runs once a host for all environments of a project. */
export interface Services {
  proxy: string;
  mail: string;
}

type Shared = 'proxy' | 'mail';

const restarts: ContainerCreateOptions['HostConfig'] = { RestartPolicy: { Name: 'unless-stopped' } };
const memory = (megabytes: number) => ({ Memory: megabytes * MEGABYTE, MemorySwap: megabytes * MEGABYTE, PidsLimit: 256 });

/** Caddy: its admin API listens on its own loopback, its ports are the host's. It keeps its routes and certificates in volumes. */
function proxyBody({ settings: { project, proxy } }: Host): ContainerCreateOptions {
  const configuration = createHash('sha256').update(proxy.configuration).digest('hex').slice(0, 12);
  const ports = [...new Set([proxy.ports.http, proxy.ports.https])].flatMap((port) =>
    port === proxy.ports.https ? [`${port}/tcp`, `${port}/udp`] : [`${port}/tcp`],
  );
  return {
    Image: proxy.image,
    Entrypoint: ['caddy'],
    Cmd: ['run', '--resume', '--config', `/${CADDY_FILE}`],
    // It goes on with what it knew last; but not with what was made from another configuration.
    Env: [`XDG_CONFIG_HOME=/config/${configuration}`, 'XDG_DATA_HOME=/data', 'HOME=/data'],
    User: '0:0',
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    HostConfig: {
      ...LOCKED,
      ...restarts,
      ...memory(512),
      // Its program is marked to want this right, and would not start without.
      CapAdd: ['NET_BIND_SERVICE'],
      PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostPort: port.split('/')[0] ?? '' }]])),
      Mounts: (['config', 'data'] as const).map((name) => ({
        Type: 'volume',
        Source: sharedName(project, `proxy-${name}`),
        Target: `/${name}`,
      })),
    },
  };
}

/** Mailpit: takes mail from environments; its pages listen on its own loopback, so that no environment reads another's mail. */
function mailBody({ settings: { mail } }: Host): ContainerCreateOptions {
  return {
    Image: mail.image,
    ...(mail.command ? { Entrypoint: [...mail.command], Cmd: [] } : {}),
    Env: [`MP_SMTP_BIND_ADDR=0.0.0.0:${SMTP_PORT}`, 'MP_UI_BIND_ADDR=127.0.0.1:8025', 'MP_MAX_MESSAGES=5000', 'HOME=/tmp'],
    User: '65534:65534',
    HostConfig: { ...LOCKED, ...restarts, ...memory(256) },
  };
}

async function ensure(
  host: Host,
  part: Shared,
  body: ContainerCreateOptions,
  network: string,
  signal: AbortSignal,
): Promise<{ id: string; fresh: boolean }> {
  const { project, proxy } = host.settings;
  const name = sharedName(project, part);
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const serves = (there: { Config: { Labels?: Record<string, string> } }): boolean => there.Config.Labels?.[CONFIGURATION] === hash;
  const there = await inspect(host, name, signal);
  if (there?.State.Running && serves(there)) return { id: there.Id, fresh: false };
  await requireImage(host, body.Image ?? '', signal);
  const labelled = { ...body, Labels: { [CONFIGURATION]: hash }, HostConfig: { ...body.HostConfig, NetworkMode: network } };
  const id = await createContainer(host, name, part, sharedStamp(project), labelled, signal, serves);
  if (part === 'proxy') await putFiles(host, id, [{ path: CADDY_FILE, text: proxy.configuration, mode: 0o444, uid: 0, gid: 0 }], signal);
  return { id, fresh: true };
}

/**
 * Proxy and mail catcher: made where they are missing, made anew where they should be other, started where they stand still, and put into the
 * network of every environment that there is.
 * @throws OpsError `failed` where an image cannot be had or a port is taken
 */
export async function ensureServices(host: Host, signal: AbortSignal): Promise<Services> {
  const { project } = host.settings;
  const stamp = sharedStamp(project);
  const front = await makeNetwork(host, sharedName(project, 'front'), 'open', stamp, {}, signal);
  const quiet = await makeNetwork(host, sharedName(project, 'mail'), 'locked', stamp, {}, signal);
  for (const name of ['config', 'data']) await makeVolume(host, sharedName(project, `proxy-${name}`), 'proxy', stamp, {}, signal);
  const proxy = await ensure(host, 'proxy', proxyBody(host), front.Id, signal);
  const mail = await ensure(host, 'mail', mailBody(host), quiet.Id, signal);
  if (proxy.fresh || mail.fresh) {
    for (const { id } of await listNetworks(host, project, signal))
      await joinServices(host, id, { proxy: proxy.id, mail: mail.id }, signal);
  }
  if (proxy.fresh) await startContainer(host, proxy.id, sharedName(project, 'proxy'), signal);
  if (mail.fresh) await startContainer(host, mail.id, sharedName(project, 'mail'), signal);
  return { proxy: proxy.id, mail: mail.id };
}

/** Puts both into an environment's network. */
export async function joinServices(host: Host, networkId: string, { proxy, mail }: Services, signal: AbortSignal): Promise<void> {
  const network = await inspectNetwork(host, networkId, signal);
  if (!network) return;
  await joinNetwork(host, network, proxy, [], signal);
  await joinNetwork(host, network, mail, [MAIL_ALIAS], signal);
}
