import { join } from 'node:path';
import { processEngine } from '../../adapters/odoo/engine/process-engine.ts';
import { findOdoo } from '../../adapters/odoo/find-odoo.ts';
import { resolveRunAs } from '../../adapters/odoo/run-as.ts';
import { parseLogLine } from '../../core/devserver/log-line.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Engine } from '../../core/pr-environments/engine.ts';
import type { Workspace } from '../workspace.ts';
import type { Where } from './engine.ts';

/** Lines of Odoo's log that are looked through for its last request. */
const LOOKED_THROUGH = 400;
const REQUEST = /"(?:GET|POST|PUT|PATCH|DELETE) (?!\/(?:web\/health|websocket))/;

/** When somebody asked an Odoo that has no proxy before it, by its own log; null where nobody did. */
async function lastRequest(engine: Engine, identity: EnvironmentIdentity, signal: AbortSignal): Promise<Date | null> {
  let last: Date | null = null;
  const onLine = (line: string) => {
    const { time, logger } = parseLogLine(line);
    if (logger === 'werkzeug' && time !== undefined && REQUEST.test(line)) last = new Date(time);
  };
  await engine.logs(identity, { tail: LOOKED_THROUGH, follow: false, onLine }, signal);
  return last;
}

/**
 * Environments as processes of this machine: on its loopback, without a proxy.
 * @throws OpsError `unreachable` without an Odoo here, `usage` as root where nobody is named to run it as
 */
export async function asProcesses({ environment, root, stateFolder, context }: Workspace): Promise<Where> {
  const engine = processEngine({
    folder: join(stateFolder, 'environments'),
    odoo: await findOdoo({ env: environment, repository: root }),
    runAs: await resolveRunAs(environment),
    mail: { host: 'mailpit', port: 1025 },
    environment,
  });
  return {
    engine,
    description: await engine.describe(context.signal),
    proxy: null,
    lastVisits: async (identities, since, signal) => {
      const asked = await Promise.all(identities.map(async (one) => [one.number, await lastRequest(engine, one, signal)] as const));
      return new Map(asked.flatMap(([number, at]) => (at !== null && at >= since ? [[number, at] as const] : [])));
    },
    watchVisits: null,
    dialMail: null,
  };
}
