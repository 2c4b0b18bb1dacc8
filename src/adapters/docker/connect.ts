import type { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type Docker from 'dockerode';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import { ask } from './ask.ts';
import { wordsOf } from './engine-error.ts';
import { endpoints, type Endpoint } from './endpoints.ts';
import { sshAgent } from './ssh-agent.ts';

/** An engine that answered. */
export interface DockerConnection {
  docker: Docker;
  /** `unix:///var/run/docker.sock` */
  address: string;
  product: 'docker' | 'podman';
  version: string;
  /** The version of the API that both sides know: `1.41`. */
  api: string;
  /** Whether it runs on this machine, so that its containers reach what listens here. */
  local: boolean;
}

/** The newest API that this program was written for, and the oldest that has what it needs (Docker 20.10). */
const NEWEST = '1.51';
const OLDEST = '1.41';
const PATIENCE = 5000;
const PATIENCE_SSH = 35_000;

const versionSchema = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  MinAPIVersion: z.string().optional(),
  Components: z.array(z.object({ Name: z.string(), Version: z.string() })).optional(),
});

/** @returns a negative number where the first is older */
export function compareApi(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

/** The client's options, with those that its types do not know. */
interface ClientOptions extends Docker.DockerOptions {
  agent?: Agent;
}

/** Says every option, so that the client takes none from the process's environment. */
function clientOptions({ address, tls }: Endpoint, version: string | undefined): ClientOptions {
  const none: ClientOptions = {
    host: undefined,
    port: undefined,
    socketPath: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
    timeout: undefined,
    ...(version === undefined ? {} : { version }),
  };
  const path = /^(?:unix|npipe):\/\/(.+)$/.exec(address)?.[1];
  if (path !== undefined) return { ...none, socketPath: path, protocol: 'http' };
  if (address.startsWith('ssh://')) return { ...none, host: 'http://docker', agent: sshAgent(address), protocol: 'http' };
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !['tcp:', 'http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new OpsError('config', `${address} is no address of a Docker engine.`, {
      hint: 'Expected unix://…, tcp://host:port or ssh://host.',
    });
  }
  const secure = tls !== null || url.protocol === 'https:';
  const { ca = null, cert = null, key = null, verify = true } = tls ?? {};
  const agent = new HttpsAgent({
    keepAlive: true,
    rejectUnauthorized: verify,
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
  });
  const place = { host: url.hostname, port: url.port === '' ? (secure ? '2376' : '2375') : url.port };
  return { ...none, ...place, protocol: secure ? 'https' : 'http', ...(secure ? { agent } : {}) };
}

/** How to mend a socket that does not let us in, is not there, or has nobody behind it. */
function mend(tried: readonly { address: string; error: string }[]): string {
  const words = tried.map(({ error }) => error).join(' ');
  if (/EACCES|permission denied/i.test(words)) {
    return 'You may not use the socket: join the group docker (`sudo usermod -aG docker $USER`, then sign in again), or use a rootless engine.';
  }
  if (tried.some(({ address }) => address.startsWith('ssh://')))
    return 'See whether `ssh` there works without a password, and whether `docker` is there.';
  if (/certificate|self.signed|TLS|SSL/i.test(words))
    return 'Its certificate is not accepted: see DOCKER_CERT_PATH (ca.pem, cert.pem, key.pem).';
  return 'Start Docker (or Podman: `systemctl --user start podman.socket`), or say where it is with DOCKER_HOST or a Docker context. In a dev container, mount the socket of the host.';
}

async function tryEndpoint(endpoint: Endpoint, signal: AbortSignal): Promise<DockerConnection> {
  const { Docker } = await import('./sdk.ts');
  const { address } = endpoint;
  const asked = await ask(
    'Ask the engine for its version',
    signal,
    async () => new Docker(clientOptions(endpoint, undefined)).version(),
    address.startsWith('ssh:') ? PATIENCE_SSH : PATIENCE,
  );
  const { Version, ApiVersion, MinAPIVersion = '1.24', Components = [] } = versionSchema.parse(asked);
  if (compareApi(ApiVersion, OLDEST) < 0) {
    throw new OpsError('failed', `The Docker engine at ${address} is too old: API ${ApiVersion}, needed is ${OLDEST}.`, {
      hint: 'Use Docker Engine 20.10 or newer, or Podman 4 or newer.',
    });
  }
  const api = compareApi(ApiVersion, NEWEST) < 0 ? ApiVersion : compareApi(MinAPIVersion, NEWEST) > 0 ? MinAPIVersion : NEWEST;
  return {
    docker: new Docker(clientOptions(endpoint, `v${api}`)),
    address,
    product: Components.some(({ Name }) => /podman/i.test(Name)) ? 'podman' : 'docker',
    version: Version,
    api,
    local: /^(?:unix|npipe):/.test(address) || /^tcp:\/\/(?:localhost|127\.|\[::1\])/.test(address),
  };
}

/**
 * Finds the engine as the docker command does, and agrees with it on a version.
 * @param environment the variables that name it: DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, XDG_RUNTIME_DIR
 * @throws OpsError `unreachable` with all that was tried, `config` where a named context is not there, `failed` where it is too old
 */
export async function connect(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  home?: string,
): Promise<DockerConnection> {
  const tried: { address: string; error: string }[] = [];
  for (const endpoint of await endpoints(environment, home)) {
    try {
      return await tryEndpoint(endpoint, signal);
    } catch (error) {
      if (signal.aborted || (error instanceof OpsError && (error.code === 'config' || error.code === 'failed') && error.hint !== undefined))
        throw error;
      const cause = error instanceof OpsError && error.cause !== undefined ? error.cause : error;
      tried.push({ address: `${endpoint.address} (${endpoint.origin})`, error: wordsOf(cause) });
    }
  }
  const list = tried.map(({ address, error }) => `${address}: ${error}`).join('; ');
  throw new OpsError('unreachable', `No Docker engine answers. Tried ${list}.`, { hint: mend(tried), details: { tried } });
}
