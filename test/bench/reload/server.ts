import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnOdoo } from '../../../src/adapters/odoo/odoo-process.ts';
import { programOf, reloadArguments, serverArguments } from '../../../src/core/devserver/arguments.ts';
import { parseEvent, type DevEvent } from '../../../src/core/devserver/events.ts';
import { parseDevServerOptions } from '../../../src/core/devserver/options.ts';
import { freePort } from '../../fixtures/odoo/fake.ts';
import { PACKAGE } from '../measure.ts';
import { untilAnswer } from './answers.ts';
import { odooEnvironment, type Ground } from './ground.ts';

export type Side = 'plain' | 'ours';
export const SIDES: readonly Side[] = ['plain', 'ours'];

/** A database and a folder of addons that nobody else changes: both servers may run at the same time. */
export interface Stand {
  side: Side;
  database: string;
  addons: string;
}

export interface Server extends Stand {
  url: string;
  /** The first process, and the group of all. */
  pid: number;
  /** Our server's next event that is asked for. Rejects where Odoo ends, or cannot load what was saved. */
  next: <T extends DevEvent['type']>(type: T) => Promise<Extract<DevEvent, { type: T }>>;
  /** Resolves when plain Odoo has noticed a change and restarts. Its old code answers until then. */
  restarting: () => Promise<void>;
  /** What our server told of its last reload. */
  told: () => string;
  stop: () => Promise<void>;
}

/** What `ThreadedServer.stop` logs. */
const RESTARTS = 'Initiating server reload';

interface Waiting {
  type: DevEvent['type'];
  resolve: (event: never) => void;
  reject: (error: Error) => void;
}

/** Starts `odoo-bin --dev=all`, or our server, with the same options. It may not answer yet. */
export async function startServer(ground: Ground, stand: Stand): Promise<Server> {
  const { odoo, runAs, dataFolder, program } = ground;
  const port = await freePort();
  const options = parseDevServerOptions({
    odooHome: odoo.home,
    program: odoo.program,
    python: odoo.python,
    addonsPath: [join(odoo.home, 'addons'), stand.addons],
    database: stand.database,
    httpPort: port,
    extraArguments: [`--data-dir=${dataFolder}`],
    ...(stand.side === 'ours' && { fast: { folder: join(PACKAGE, 'src', 'devserver'), live: [stand.addons] } }),
  });
  // BENCH_LOG names a folder in which the servers' logs stay, for trouble.
  const logs = process.env['BENCH_LOG'];
  const keep = (text: string): void => {
    if (logs) appendFileSync(join(logs, `${stand.side}.log`), `${new Date().toISOString()} ${text}\n`);
  };
  let log: string[] = [];
  let told = '';
  let restarting: (() => void)[] = [];
  const waiting = new Set<Waiting>();
  const giveUp = (why: string): void => {
    for (const { reject } of waiting) reject(new Error(`${stand.side}: ${why}\n${log.join('\n')}`));
    waiting.clear();
  };
  const onEventLine = (text: string): void => {
    keep(text);
    const found = parseEvent(text);
    if (found === 'ignored' || !('event' in found)) return;
    const { event } = found;
    if (event.type === 'reloaded') told = `${event.kind}${event.reason === undefined ? '' : `: ${event.reason}`}`;
    if (event.type === 'failed') giveUp(event.message);
    for (const one of [...waiting].filter(({ type }) => type === event.type)) {
      waiting.delete(one);
      one.resolve(event as never);
    }
  };
  const running = spawnOdoo({
    python: odoo.python,
    arguments: stand.side === 'ours' ? [program, ...reloadArguments(options)] : [programOf(options), ...serverArguments(options)],
    cwd: odoo.home,
    env: odooEnvironment(ground),
    runAs,
    onLine: ({ message }) => {
      log = [...log.slice(-15), message];
      keep(message);
      if (message !== RESTARTS) return;
      for (const resolve of restarting) resolve();
      restarting = [];
    },
    ...(stand.side === 'ours' && { onEventLine }),
  });
  if (running.pid === undefined) throw new Error(`${odoo.python} does not start.`);
  ground.atEnd(() => running.stop());
  void running.exited.then(() => giveUp('Odoo ended.'));
  return {
    ...stand,
    url: `http://127.0.0.1:${port}`,
    pid: running.pid,
    next: (type) => new Promise((resolve, reject) => waiting.add({ type, resolve, reject })),
    restarting: () => new Promise((resolve) => restarting.push(resolve)),
    told: () => told,
    stop: () => running.stop(),
  };
}

/** A page that every visitor sees. */
export const PAGE = '/web/login';

export const untilUp = (server: Server): Promise<number> => untilAnswer(server.url + PAGE, ({ status }) => status === 200, 180_000);
