import { parseLogLine } from '../../core/devserver/log-line.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Engine } from '../../core/pr-environments/engine.ts';

/** Lines of Odoo's log that are looked through for its last request. */
const LOOKED_THROUGH = 400;
const REQUEST = /"(?:GET|POST|PUT|PATCH|DELETE) (?!\/(?:web\/health|websocket))/;

/** When somebody asked an Odoo that has no proxy before it, by its own log; null where nobody did. */
export async function lastRequest(engine: Engine, identity: EnvironmentIdentity, signal: AbortSignal): Promise<Date | null> {
  let last: Date | null = null;
  const onLine = (line: string) => {
    const { time, logger } = parseLogLine(line);
    if (logger === 'werkzeug' && time !== undefined && REQUEST.test(line)) last = new Date(time);
  };
  await engine.logs(identity, { tail: LOOKED_THROUGH, follow: false, onLine }, signal);
  return last;
}
