import { OpsError } from '../../core/errors.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import { inspect } from './containers.ts';
import { execute } from './execute.ts';
import { relayName } from './relays.ts';
import type { Host } from './settings.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/;

/** Where the database server is as a relay sees it: what is this machine's own loopback is the engine's host for a container. */
export function asSeenByRelay(
  { connection, settings }: Host,
  database: { host: string; port: number },
): { host: string; port: number } | null {
  if (settings.databaseContainer !== null) return null;
  if (database.host.startsWith('/')) {
    throw new OpsError('config', `The database server is named by a socket (${database.host}), which no container reaches.`, {
      hint: 'Name it by host and port in its connection string, or name its container in pull_requests.database.container.',
    });
  }
  if (!LOOPBACK.test(database.host)) return database;
  if (connection.local) return { ...database, host: 'host.docker.internal' };
  throw new OpsError('config', `The database server is ${database.host}, this machine; the engine at ${connection.address} is another.`, {
    hint: 'Name the server as the engine reaches it.',
  });
}

/** The port inside the container that the server is published by; what it listens on where it is not published. */
export async function databaseContainer(
  host: Host,
  name: string,
  port: number,
  signal: AbortSignal,
): Promise<{ id: string; port: number }> {
  const found = await inspect(host, name, signal);
  if (!found?.State.Running) {
    throw new OpsError('failed', `The database container ${name} ${found ? 'does not run' : 'is not there'}.`, {
      hint: 'Start it, or see pull_requests.database.container in odoo-ops.yml.',
    });
  }
  const published = Object.entries(found.NetworkSettings.Ports).find(([, bindings]) =>
    (bindings as { HostPort: string }[] | null)?.some(({ HostPort }) => HostPort === String(port)),
  );
  return { id: found.Id, port: Number.parseInt(published?.[0] ?? '5432', 10) };
}

/** A relay that leads nowhere would only be seen as an Odoo that does not start. */
export async function checkDatabase(
  host: Host,
  identity: EnvironmentIdentity,
  { host: name, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<void> {
  const program = 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 10).close()';
  const { exitCode, output } = await execute(
    host,
    relayName(identity.name, 0),
    ['python3', '-I', '-c', program, name, String(port)],
    signal,
  );
  if (exitCode === 0) return;
  const here = name === 'host.docker.internal';
  throw new OpsError(
    'failed',
    `No container reaches the database server at ${here ? 'this machine' : name}, port ${port}: ${output.trim().split('\n').at(-1) ?? ''}`,
    {
      hint: here
        ? "Let PostgreSQL listen on Docker's bridge too (listen_addresses) and let pg_hba.conf accept it; or name its container in pull_requests.database.container."
        : 'See whether the engine reaches it, and whether a firewall stands between.',
    },
  );
}
