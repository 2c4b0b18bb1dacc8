import { setTimeout as sleep } from 'node:timers/promises';
import { OpsError } from '../../core/errors.ts';
import { tellingLine } from '../../core/pr-environments/log-records.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Engine } from '../../core/pr-environments/engine.ts';

const PAUSE_MS = 150;

/** How long Odoo may take from its start to its first page. */
const READY_WITHIN_MS = 180_000;

const HEALTH = '/web/health?db_server_status=1';
const LOGIN = '/web/login';

/**
 * Waits until Odoo is ready as a person means it: its health page answers 200 (which it does not before the registry is loaded where a
 * database is named), PostgreSQL's server answers it, and the login page comes instead of a way to the database selector.
 * @throws OpsError `failed` where Odoo ends, or shows another page; `timeout`
 */
export async function awaitReady(
  engine: Pick<Engine, 'ask' | 'ended'>,
  identity: EnvironmentIdentity,
  signal: AbortSignal,
  within = READY_WITHIN_MS,
): Promise<void> {
  // A build that fails is cleaned away, and its log stays in its record; that of one that was woken is with its Odoo.
  const hint = `Its log is in the evidence of a build: logs/odoo.log. See \`odoo-ops pr logs ${identity.number}\`.`;
  const deadline = Date.now() + within;
  for (let last = 'nobody answers'; ;) {
    const health = await engine.ask(identity, HEALTH, signal);
    if (health?.status === 200) {
      const login = await engine.ask(identity, LOGIN, signal);
      if (login?.status === 200) return;
      last = `${LOGIN} answers ${login === null ? 'nothing' : `${login.status}${login.location === null ? '' : ` to ${login.location}`}`}`;
    } else if (health) last = `its health page answers ${health.status}`;
    const ended = await engine.ended(identity, signal);
    if (ended) {
      throw new OpsError(
        'failed',
        `Odoo ended by itself${ended.exitCode === null ? '' : ` with exit code ${ended.exitCode}`}: ${tellingLine(ended.lines) ?? 'it said nothing'}`,
        {
          hint,
          details: { lines: ended.lines },
        },
      );
    }
    if (Date.now() + PAUSE_MS > deadline) {
      throw new OpsError('timeout', `Odoo was not ready after ${within / 1000} s: ${last}.`, {
        hint,
      });
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
