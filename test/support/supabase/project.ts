import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { startAuth, type AuthService } from './auth.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { NO_POSTGREST, postgrestBinary, startPostgrest } from './postgrest.ts';
import { startRest } from './rest.ts';
import { prepareDatabase } from './roles.ts';
import { startStorage, type StorageService } from './storage.ts';
import { signToken, type Claims } from './tokens.ts';

export type Backend = 'postgrest' | 'stand-in';

export interface ProjectOptions {
  /** URL of the project's own database, as its owner. Its schemas must exist before the start, as for any PostgREST. */
  database: string;
  backend: Backend;
  /** What PostgREST shows; the first is the default, and has the access token hook. */
  schemas?: readonly string[];
  /** Seconds for which a person's access token holds. */
  tokenLifetime?: number;
  redirects?: readonly string[];
  /** Bytes that one object of the storage may have. */
  maxSize?: number;
}

export interface Project extends Gateway {
  anonKey: string;
  serviceKey: string;
  jwtSecret: string;
  /** A token with these claims, and an hour to live unless they say otherwise. */
  sign: (claims: Claims) => Promise<string>;
  github: AuthService['github'];
  objects: StorageService['objects'];
  /** Shows new tables and functions, as `NOTIFY pgrst, 'reload schema'`. */
  reload: () => Promise<void>;
}

const now = () => Math.floor(Date.now() / 1000);
const YEARS = 10 * 365 * 24 * 3600;

/** A Supabase project at one address, over a real database: what supabase-js cannot tell from one, within the limits of its parts. */
export async function startProject(options: ProjectOptions): Promise<Project> {
  const { database, backend, schemas = ['ops'], tokenLifetime = 3600, maxSize = 50 * 1024 * 1024 } = options;
  const jwtSecret = randomBytes(32).toString('hex');
  const key = (role: string) => signToken(jwtSecret, { iss: 'supabase', ref: 'test', role, iat: now(), exp: now() + YEARS });
  const [anonKey, serviceKey] = await Promise.all([key('anon'), key('service_role')]);
  await prepareDatabase(database);

  const started: { stop: () => Promise<void> }[] = [];
  const start = async <T extends { stop: () => Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const service = await starting;
    started.push(service);
    return service;
  };
  const stop = async () => {
    for (const service of started.reverse()) await service.stop();
  };
  try {
    const rest = await start(startBackend(backend, { database, jwtSecret, schemas }));
    const redirects = options.redirects ?? ['vscode://', 'http://127.0.0.1', 'http://localhost'];
    let url = '';
    const auth = await start(startAuth({ database, jwtSecret, schema: schemas[0]!, tokenLifetime, redirects, issuer: () => url }));
    const storage = await start(startStorage({ jwtSecret, maxSize }));
    const services = { rest: rest.upstream, auth: auth.upstream, storage: storage.upstream };
    const gateway = await start(startGateway({ services, anonKey, serviceKey, jwtSecret }));
    ({ url } = gateway);
    return {
      ...gateway,
      anonKey,
      serviceKey,
      jwtSecret,
      sign: (claims) => signToken(jwtSecret, { iat: now(), exp: now() + 3600, ...claims }),
      github: auth.github,
      objects: storage.objects,
      reload: () => rest.reload(() => notify(database)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startBackend(backend: Backend, options: Parameters<typeof startRest>[0]) {
  if (backend === 'stand-in') return startRest(options);
  const binary = postgrestBinary();
  if (binary === null) throw new Error('There is no PostgREST here; see postgrestBinary.');
  return startPostgrest(binary, options);
}

async function notify(database: string): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query("notify pgrst, 'reload schema'");
  await client.end();
}

/** The same tests for each backend; where no PostgREST is, the title of what is skipped says how to get one. */
export function describeBackends(title: string, tests: (backend: Backend) => void): void {
  describe(`${title} (stand-in for PostgREST)`, () => tests('stand-in'));
  if (postgrestBinary() === null) it.skip(`${title} (real PostgREST) ${NO_POSTGREST}`);
  else describe(`${title} (real PostgREST)`, () => tests('postgrest'));
}
