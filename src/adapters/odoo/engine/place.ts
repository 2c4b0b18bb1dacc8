import { createHash, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { OpsError } from '../../../core/errors.ts';
import type { Place } from '../../../core/pr-environments/engine.ts';
import type { Attempt, EnvironmentIdentity } from '../../../core/pr-environments/identity.ts';
import { requireReach } from './as-user.ts';
import { throwIfEnded } from './failures.ts';
import { environmentPaths, makeClosedFolder, makeProjectFolder, type EnvironmentPaths } from './layout.ts';
import { chooseCatcher } from './mail.ts';
import type { ProcessEngineOptions } from './options.ts';
import { listStates } from './listing.ts';
import { choosePorts, holderOf, INTERFACE, PORTS } from './ports.ts';
import { stampedProcesses } from './processes.ts';
import { parseState, readStateOf, writeState, type PlaceState } from './state.ts';

/** @throws OpsError `failed` where there is none */
export async function requirePlace({ place, folder }: EnvironmentPaths): Promise<PlaceState> {
  return (await readStateOf(place, 'place')) ?? noPlace(folder);
}

export function noPlace(folder: string): never {
  throw new OpsError('failed', `There is no place for an environment in ${folder}.`, { hint: 'Build it again: `odoo-ops pr rebuild`.' });
}

/** Where an environment listens, without waiting; null where it has no place. */
export function addressOf(root: string, identity: EnvironmentIdentity): { http: string; gevent: string } | null {
  const { place } = environmentPaths(root, identity);
  let text: string;
  try {
    text = readFileSync(place, 'utf8');
  } catch {
    return null;
  }
  const state = parseState(place, text);
  return state.kind !== 'place' ? null : { http: `${INTERFACE}:${state.http_port}`, gevent: `${INTERFACE}:${state.gevent_port}` };
}

/** Its ports from the last time, where nobody else took them since then. */
async function portsAgain(paths: EnvironmentPaths, before: PlaceState | null): Promise<[number, number] | null> {
  if (before === null) return null;
  const ours = (await stampedProcesses(paths.folder)).length > 0; // it listens there itself
  for (const port of ours ? [] : [before.http_port, before.gevent_port]) {
    if ((await holderOf(port)) !== undefined) return null;
  }
  return [before.http_port, before.gevent_port];
}

/** Where to begin to look: neighbours do not meet, nor do clones of one machine, and the same pull request tends to have the same port. */
const firstPort = (folder: string, number: number): number => createHash('sha256').update(folder).digest().readUInt16BE() + number * 2;

/** Of the environments that sleep too. */
async function portsOfOthers({ place }: EnvironmentPaths): Promise<Set<number>> {
  const { states } = await listStates(dirname(place));
  const others = states.flatMap(({ path, state }) => (state.kind === 'place' && path !== place ? [state] : []));
  return new Set(others.flatMap(({ http_port, gevent_port }) => [http_port, gevent_port]));
}

/** Makes the folder of an environment's own files, and gives it ports that stay its own. */
export async function makePlace(
  { folder, runAs, mail }: ProcessEngineOptions,
  { identity, stamp }: Attempt,
  database: { host: string; port: number },
  signal: AbortSignal,
): Promise<Place> {
  const paths = environmentPaths(folder, identity);
  await makeProjectFolder(folder, identity.project, runAs);
  const before = await readStateOf(paths.place, 'place');
  const catcher = await chooseCatcher(mail, signal);
  let ports = await portsAgain(paths, before);
  for (let start = firstPort(folder, identity.number); ; start = randomInt(PORTS.count)) {
    throwIfEnded(signal);
    ports ??= await choosePorts(start, await portsOfOthers(paths));
    const [http_port, gevent_port] = ports;
    await writeState(paths.place, { kind: 'place', stamp, http_port, gevent_port });
    // Another may be made at the same time: each writes first and looks then, so that one of two sees the other, and moves.
    const others = await portsOfOthers(paths);
    if (!ports.some((port) => others.has(port))) break;
    ports = null;
  }
  const [http_port, gevent_port] = ports;
  await makeClosedFolder(paths.folder, runAs);
  await requireReach(paths.folder, runAs, signal);
  return {
    database,
    mail: catcher,
    data_dir: paths.data,
    http: { interface: INTERFACE, port: http_port },
    gevent: { port: gevent_port },
  };
}
