import type { Client } from 'pg';
import { keptConnection } from '../connection.ts';
import { LONG, serverError, type ServerOptions } from './session.ts';

type Lane = <T>(use: (client: Client) => Promise<T>) => Promise<T>;

/**
 * A few connections that many small questions share: a sweep takes hundreds of things away at once, a server has a hundred connections
 * for all, and each new one costs more than the question. They close by themselves.
 * @returns runs a function on one of them, with the errors of `inSession`
 */
export function lanes(server: ServerOptions, width: number): <T>(signal: AbortSignal, use: (client: Client) => Promise<T>) => Promise<T> {
  // A connection lives as long as what asked for it.
  const open = new WeakMap<AbortSignal, Lane[]>();
  let turn = 0;
  const make = (signal: AbortSignal): Lane[] => {
    const options = { url: server.url, timeout: LONG, connectTimeout: server.timeout, signal, toError: serverError };
    const made = Array.from({ length: width }, () => keptConnection(options));
    open.set(signal, made);
    return made;
  };
  return async (signal, use) => {
    const all = open.get(signal) ?? make(signal);
    const lane = all[turn++ % width];
    if (!lane) throw new RangeError('A server needs at least one lane.');
    return lane(async (client) => {
      await client.query('set search_path = pg_catalog, pg_temp');
      return use(client);
    });
  };
}
