import type { Engine, EngineNote } from '../../../core/pr-environments/engine.ts';
import { count } from '../../../core/text.ts';
import { canReach } from './as-user.ts';
import { askServer } from './ask.ts';
import { buildCode, modulesOf } from './code.ts';
import { readConfiguration } from './configuration.ts';
import { engineId } from './engine-id.ts';
import { makeFilestore, storeTemplate } from './filestore.ts';
import { runJob } from './job.ts';
import { environmentPaths } from './layout.ts';
import { tellLog } from './log.ts';
import { chooseCatcher, NOWHERE } from './mail.ts';
import type { ProcessEngineOptions } from './options.ts';
import { addressOf, makePlace, noPlace } from './place.ts';
import { serverEnded, serverStartedAt, startServer, stopServer, wakeServer } from './server.ts';
import { listThings, removeThing, unknownFiles } from './things.ts';

async function notesOf(options: ProcessEngineOptions, signal: AbortSignal): Promise<EngineNote[]> {
  const { folder, runAs, mail } = options;
  const notes: EngineNote[] = [
    {
      message: 'Environments do not come back with the machine: after a reboot they sleep.',
      hint: 'Wake one: `odoo-ops pr wake <number>`.',
    },
  ];
  const catcher = await chooseCatcher(mail, signal);
  if (catcher === NOWHERE) {
    notes.push({
      message: `No mail catcher answers at ${mail.host}:${mail.port} or localhost:1025: mail of environments stays in their queue.`,
      hint: 'Start Mailpit, then build again, to see what they would send.',
    });
  }
  const unknown = await unknownFiles(options);
  if (unknown.length > 0) {
    notes.push({
      message: `${count(unknown.length, 'thing')} among the environments ${unknown.length === 1 ? 'bears' : 'bear'} no stamp that can be read, and ${unknown.length === 1 ? 'is' : 'are'} left alone: ${unknown.slice(0, 5).join(', ')}`,
      hint: 'Look at them, and remove what nobody needs.',
    });
  }
  if (runAs && !(await canReach(folder, runAs, signal))) {
    notes.push({
      message: `${runAs.user}, who Odoo runs as, cannot get to ${folder}.`,
      hint: 'Open the folders on the way to it for others (chmod o+x), or keep the repository elsewhere.',
    });
  }
  return notes;
}

/**
 * The engine for a machine without Docker: a work tree, a folder and a supervised `odoo-bin` for each environment. It locks nothing in, and
 * says so; what it makes is found again by the files beside it (`state.ts`) and by a variable that its processes bear.
 */
export function processEngine(options: ProcessEngineOptions): Engine {
  const { folder } = options;
  return {
    kind: 'process',
    describe: async () => ({
      kind: 'process',
      id: await engineId(folder),
      title: 'processes of this machine',
      lacks: ['egress-lock', 'limits', 'file-isolation', 'proxy', 'wake-on-request'],
    }),
    notes: (signal) => notesOf(options, signal),
    buildCode: (attempt, source, report, signal) => buildCode(options, attempt, source, report, signal),
    // Nothing bounds a process here: `lacks` says so.
    makePlace: (attempt, _bounds, database, signal) => makePlace(options, attempt, database, signal),
    makeFilestore: (attempt, _code, from, signal) => makeFilestore(options, attempt, from, signal),
    storeTemplate: (name, stamp, from, signal) => storeTemplate(options, name, stamp, from, signal),
    listModules: (_attempt, code) => modulesOf(options.odoo, code),
    runOdoo: (attempt, _code, job, signal) => runJob(options, attempt, job, signal),
    configuration: (identity) => readConfiguration(environmentPaths(folder, identity).configuration),
    start: (attempt, code, configuration, signal) => startServer(options, attempt, code, configuration, signal),
    startedAt: (identity) => serverStartedAt(options, identity),
    upstream: (identity) => addressOf(folder, identity) ?? noPlace(environmentPaths(folder, identity).folder),
    stop: (identity) => stopServer(options, identity),
    wake: (identity, signal) => wakeServer(options, identity, signal),
    ask: (identity, path, signal) => askServer(options, identity, path, signal),
    logs: (identity, wanted, signal) => tellLog(environmentPaths(folder, identity), wanted, signal),
    ended: (identity) => serverEnded(options, identity),
    things: (project) => listThings(options, project),
    remove: (thing, signal) => removeThing(options, thing, signal),
  };
}
