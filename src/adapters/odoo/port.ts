import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { OpsError } from '../../core/errors.ts';

/** Who listens on a port. Unknown where the process is not ours to look into, or not on Linux. */
export interface PortHolder {
  pid?: number;
  /** The name of the command, for instance `python3`. */
  command?: string;
}

/** Inodes of the sockets that listen on `port`, from the text of `/proc/net/tcp` or `tcp6` (see proc(5); state 0A is LISTEN). */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
    .map((fields) => fields[9] ?? '');
}

async function bindError(port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function holderOf(port: number): Promise<PortHolder> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')));
  const sockets = new Set(tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return {};
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      if (!sockets.has(await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => ''))) continue;
      const command = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
      return { pid: Number(pid), ...(command === '' ? {} : { command }) };
    }
  }
  return {};
}

/**
 * Whether something listens where the server wants to. Tried by listening for a moment, which is right for every interface at once.
 * @throws OpsError `usage` where the address is not this machine's, or the port is reserved for root.
 */
export async function findPortHolder(port: number, host: string): Promise<PortHolder | undefined> {
  const error = await bindError(port, host);
  if (error === undefined) return undefined;
  if (error.code === 'EADDRINUSE') return holderOf(port);
  throw new OpsError('usage', `Nothing can listen on ${host}:${port} here (${error.code ?? error.message}).`, {
    cause: error,
    hint: 'Choose an address of this machine and a port above 1023.',
  });
}

/** @throws OpsError `usage` that names the holder, as far as it can be known. */
export async function requireFreePort(port: number, host: string): Promise<void> {
  const holder = await findPortHolder(port, host);
  if (holder === undefined) return;
  const who = holder.pid === undefined ? 'another process' : `${holder.command ?? 'a process'} (pid ${holder.pid})`;
  throw new OpsError('usage', `Port ${port} is in use by ${who}.`, {
    details: { port, ...holder },
    hint: 'Stop that process, or choose another port.',
  });
}
