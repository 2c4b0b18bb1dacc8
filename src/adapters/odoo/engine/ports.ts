import { setTimeout as delay } from 'node:timers/promises';
import { OpsError } from '../../../core/errors.ts';
import { findPortHolder, requireFreePort, type PortHolder } from '../port.ts';

/** Where environments listen: nobody from outside comes in past the person who works here. */
export const INTERFACE = '127.0.0.1';

/** Below those that the kernel gives to outgoing connections, and away from what people use for servers. */
export const PORTS = { first: 20_100, count: 8_000 };

/** How long a process that was killed may hold its port. */
const RELEASED_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;

/**
 * Who listens on a port of ours; undefined for nobody. A process that just died has no name any more, and its port for a moment: so
 * nobody is waited for, somebody is not.
 */
export async function holderOf(port: number): Promise<PortHolder | undefined> {
  const deadline = Date.now() + RELEASED_WITHIN_MS;
  for (;;) {
    const holder = await findPortHolder(port, INTERFACE);
    if (holder?.pid !== undefined || holder === undefined || Date.now() > deadline) return holder;
    await delay(LOOK_EVERY_MS);
  }
}

/** @throws OpsError `usage` that names who listens there */
export async function requirePort(port: number): Promise<void> {
  if (await holderOf(port)) await requireFreePort(port, INTERFACE);
}

/** Two free ports; an environment that sleeps keeps its own. */
export async function choosePorts(start: number, taken: ReadonlySet<number>): Promise<[number, number]> {
  const found: number[] = [];
  for (let step = 0; step < PORTS.count; step++) {
    const port = PORTS.first + ((start + step) % PORTS.count);
    if (taken.has(port) || (await findPortHolder(port, INTERFACE)) !== undefined) continue;
    found.push(port);
    const [http, gevent] = found;
    if (http !== undefined && gevent !== undefined) return [http, gevent];
  }
  throw new OpsError('failed', `No port from ${PORTS.first} to ${PORTS.first + PORTS.count - 1} is free.`, {
    hint: 'Stop what uses them: `odoo-ops pr list`.',
  });
}
