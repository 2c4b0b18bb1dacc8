import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';

/** Where an engine may answer. */
export interface Endpoint {
  /** `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://me@host`. */
  address: string;
  /** Who named it: `DOCKER_HOST`, `the context colima`, `the default`. */
  origin: string;
  tls: { ca: string | null; cert: string | null; key: string | null; verify: boolean } | null;
}

type Variables = Readonly<Record<string, string | undefined>>;

const configSchema = z.object({ currentContext: z.string().optional() });
const metaSchema = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string().min(1), SkipTLSVerify: z.boolean().optional() }) }),
});

const textOf = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);

function parsed<T>(schema: z.ZodType<T>, text: string, file: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new OpsError('config', `${file} cannot be read as Docker writes it.`, { hint: 'Look at it, or set DOCKER_HOST.', cause });
  }
}

async function certificates(folder: string, verify: boolean): Promise<NonNullable<Endpoint['tls']>> {
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map((name) => textOf(join(folder, name))));
  return { ca: ca ?? null, cert: cert ?? null, key: key ?? null, verify };
}

async function ofContext(name: string, folder: string): Promise<Endpoint> {
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(folder, 'contexts', 'meta', id, 'meta.json');
  const text = await textOf(file);
  if (text === null) {
    throw new OpsError('config', `There is no Docker context ${name}.`, {
      hint: '`docker context ls` lists those that there are; DOCKER_CONTEXT chooses one.',
    });
  }
  const { Host, SkipTLSVerify = false } = parsed(metaSchema, text, file).Endpoints.docker;
  const tls = await certificates(join(folder, 'contexts', 'tls', id, 'docker'), !SkipTLSVerify);
  const hasTls = SkipTLSVerify || tls.ca !== null || tls.cert !== null;
  return { address: Host, origin: `the context ${name}`, tls: hasTls ? tls : null };
}

/** Sockets where an engine listens that nobody named, in the order in which they are tried: Docker's, rootless Docker's, Podman's. */
function usual(environment: Variables, home: string): string[] {
  if (process.platform === 'win32') return ['npipe:////./pipe/docker_engine'];
  const runtime = environment['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`;
  return [
    '/var/run/docker.sock',
    join(home, '.docker/run/docker.sock'),
    join(runtime, 'docker.sock'),
    join(runtime, 'podman/podman.sock'),
    '/run/podman/podman.sock',
  ].map((path) => `unix://${path}`);
}

/**
 * Where to look for an engine, best first, as the docker command does: `DOCKER_HOST`, then the context, then the usual sockets.
 * @throws OpsError `config` where the named context is not there
 */
export async function endpoints(environment: Variables, home = homedir()): Promise<Endpoint[]> {
  const folder = environment['DOCKER_CONFIG'] ?? join(home, '.docker');
  const host = environment['DOCKER_HOST'] ?? '';
  if (host !== '') {
    const verify = (environment['DOCKER_TLS_VERIFY'] ?? '') !== '';
    const secure = verify || (environment['DOCKER_TLS'] ?? '') !== '';
    const tls = secure ? await certificates(environment['DOCKER_CERT_PATH'] ?? folder, verify) : null;
    return [{ address: /^\w+:\/\//.test(host) ? host : `tcp://${host}`, origin: 'DOCKER_HOST', tls }];
  }
  const file = join(folder, 'config.json');
  const text = await textOf(file);
  const context = environment['DOCKER_CONTEXT'] ?? (text === null ? undefined : parsed(configSchema, text, file).currentContext) ?? '';
  if (context !== '' && context !== 'default') return [await ofContext(context, folder)];
  return usual(environment, home).map((address) => ({ address, origin: 'the default', tls: null }));
}
