import type { Duplex } from 'node:stream';
import { connect } from '../../adapters/docker/connect.ts';
import type { Config } from '../../core/config/schema.ts';
import { isOpsError } from '../../core/errors.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Engine, EngineDescription } from '../../core/pr-environments/engine.ts';
import type { Proxy, Visit } from '../../core/pr-environments/proxy.ts';
import type { Workspace } from '../workspace.ts';
import { onDocker } from './docker.ts';
import { asProcesses } from './processes.ts';

/** Where environments run, and what stands around them there. */
export interface Where {
  engine: Engine;
  description: EngineDescription;
  /** Null for processes of this machine: they answer on its loopback. */
  proxy: Proxy | null;
  /** When somebody opened each of some environments last, by number; without those that nobody opened since then. */
  lastVisits: (identities: readonly EnvironmentIdentity[], since: Date, signal: AbortSignal) => Promise<Map<number, Date>>;
  /** Tells visits as they come, until the signal; null where nobody can. */
  watchVisits: ((onVisit: (visit: Visit) => void, signal: AbortSignal) => Promise<void>) | null;
  /** A connection to the pages of the mail catcher; null where it is one of this machine. */
  dialMail: ((signal: AbortSignal) => Promise<Duplex>) | null;
}

/**
 * Where this repository's environments run: as odoo-ops.yml says; by itself Docker where an engine answers, else processes of this machine.
 * @throws OpsError `unreachable` where the engine that is asked for does not answer
 */
export async function chooseEngine(workspace: Workspace, config: Config, project: string): Promise<Where> {
  const { signal } = workspace.context;
  const wish = config.pull_requests.engine;
  if (wish === 'process') return asProcesses(workspace);
  try {
    return await onDocker(config, project, await connect(workspace.environment, signal), signal);
  } catch (error) {
    if (wish === 'docker' || !isOpsError(error, 'unreachable')) throw error;
    return await asProcesses(workspace).catch((): never => {
      throw error; // Docker is what is missing, not an Odoo on this machine
    });
  }
}
