import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Engine } from '../../core/pr-environments/engine.ts';
import { askOdoo } from './ask-odoo.ts';
import type { DockerConnection } from './connect.ts';
import { findOwn, inspect } from './containers.ts';
import { describe, notes } from './describe.ts';
import { agentThrough, dial } from './dial.ts';
import { makeFilestore } from './filestore.ts';
import { storeTemplate } from './template-files.ts';
import { buildCodeImage } from './image/build.ts';
import { followLogs } from './logs.ts';
import { listModules } from './modules.ts';
import { configurationOf, endedByItself, odooName, runOdoo, startOdoo, stopOdoo, tooMuchMemory, wakeOdoo } from './odoo.ts';
import { makePlace } from './place.ts';
import { GEVENT_PORT, HTTP_PORT, sharedName, type DockerSettings, type Host } from './settings.ts';
import { listThings, removeThing } from './things.ts';

/** How long what many builds share is kept, where nothing says how long their environments are. */
const KEPT_MS = 14 * 86_400_000;
/** Lines of an Odoo that ended. */
const LAST_WORDS = 50;
const MAIL_PAGES = 8025;
const ADMIN = 2019;

/** Whether a project's proxy runs: it comes with the first environment. */
export async function proxyRuns({ docker }: DockerConnection, project: string, signal: AbortSignal): Promise<boolean> {
  const there = await inspect({ connection: { docker } }, sharedName(project, 'proxy'), signal);
  return there?.State.Running === true;
}

/** For questions to the admin API of a project's proxy. */
export const proxyAdmin = (connection: DockerConnection, project: string, signal: AbortSignal): Agent =>
  agentThrough(() => dial(connection, sharedName(project, 'proxy'), '127.0.0.1', ADMIN, signal));

/** A connection to the pages of a project's mail catcher. */
export const dialMail = (connection: DockerConnection, project: string, signal: AbortSignal): Promise<Duplex> =>
  dial(connection, sharedName(project, 'mail'), '127.0.0.1', MAIL_PAGES, signal);

/** The log of a project's proxy, one line of JSON for each request; what follows too where asked, until the signal. */
export const proxyLog = (
  connection: DockerConnection,
  project: string,
  { tail, follow, onLine }: { tail: number; follow: boolean; onLine: (line: string) => void },
  signal: AbortSignal,
): Promise<void> => followLogs(connection, sharedName(project, 'proxy'), { tail, follow: follow && 'signal', onLine }, signal);

/** Docker Engine (or Podman's socket) as the place where environments run. */
export function dockerEngine(connection: DockerConnection, settings: DockerSettings): Engine {
  const host: Host = { connection, settings };
  const engine: Engine = {
    kind: 'docker',
    describe: (signal) => describe(connection, signal),
    notes: (signal) => notes(connection, signal),
    buildCode: (attempt, source, report, signal) => {
      const { base, workspaceFolder } = settings;
      const expiresAt = attempt.stamp.expires_at ?? new Date(Date.now() + KEPT_MS).toISOString();
      return buildCodeImage(
        connection.docker,
        { attempt, source, product: connection.product, base, workspaceFolder, expiresAt, report },
        signal,
      );
    },
    makePlace: (attempt, bounds, database, signal) => makePlace(host, attempt, bounds, database, signal),
    makeFilestore: (attempt, code, from, signal) => makeFilestore(host, attempt, code, from, signal),
    storeTemplate: (name, stamp, from, signal) => storeTemplate(host, name, stamp, from, signal),
    listModules: (attempt, code, signal) => listModules(host, attempt, code, signal),
    runOdoo: (attempt, code, job, signal) => runOdoo(host, attempt, code, job, signal),
    configuration: (identity, signal) => configurationOf(host, identity, signal),
    start: (attempt, code, configuration, signal) => startOdoo(host, attempt, code, configuration, signal),
    startedAt: async (identity, signal) => {
      const there = await findOwn(host, odooName(identity), identity, signal);
      return there?.State.Running === true ? new Date(there.State.StartedAt) : null;
    },
    upstream: (identity) => ({ http: `${odooName(identity)}:${HTTP_PORT}`, gevent: `${odooName(identity)}:${GEVENT_PORT}` }),
    stop: (identity, signal) => stopOdoo(host, identity, signal),
    wake: (identity, signal) => wakeOdoo(host, identity, signal),
    ask: (identity, path, signal) => askOdoo(host, identity, path, signal),
    logs: (identity, { tail, follow, onLine }, signal) =>
      followLogs(connection, odooName(identity), { tail, follow: follow ? 'gone' : false, onLine }, signal),
    ended: async (identity, signal) => {
      const end = await endedByItself(host, identity, signal);
      if (!end) return null;
      const lines: string[] = [];
      await followLogs(connection, end.id, { tail: LAST_WORDS, follow: false, onLine: (line) => lines.push(line) }, signal);
      if (end.outOfMemory !== null) lines.push(tooMuchMemory(end.outOfMemory));
      return { exitCode: end.exitCode, lines };
    },
    things: (project, signal) => listThings(host, project, signal),
    remove: (thing, signal) => removeThing(host, thing, signal),
  };
  return engine;
}
