import { isOpsError } from '../../core/errors.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import { inspect } from './containers.ts';
import { dial, head } from './dial.ts';
import { odooName } from './odoo.ts';
import { HTTP_PORT, sharedName, type Host } from './settings.ts';

/** Milliseconds for one answer, as for the process engine: code of a pull request may accept each question and never answer. */
const ANSWER_WITHIN = 30_000;

/**
 * Asks the running Odoo, past the proxy.
 * @returns null where nobody answers, or too late
 * @throws OpsError `unreachable` where the engine is away; the reason of the caller's signal
 */
export async function askOdoo(
  host: Host,
  identity: EnvironmentIdentity,
  path: string,
  signal: AbortSignal,
  patience = ANSWER_WITHIN,
): Promise<{ status: number; location: string | null } | null> {
  const proxy = sharedName(identity.project, 'proxy');
  const within = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  try {
    const stream = await dial(host.connection, proxy, odooName(identity), HTTP_PORT, within, Math.ceil(patience / 1000));
    return await head(stream, { host: identity.host, path }, within);
  } catch (error) {
    signal.throwIfAborted();
    // Nobody answers there; where the engine is away, the next question says so.
    if (!isOpsError(error) || error.code !== 'unreachable' || (await inspect(host, proxy, signal))) return null;
    throw error;
  }
}
