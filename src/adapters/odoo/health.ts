import type { Health } from '../../core/environments/overview.ts';

const TIMEOUT_MS = 3000;

/** What a path of a running Odoo answered. */
export interface Answer {
  /** HTTP status; null without an answer. */
  status: number | null;
  /** Where it wants to send us, or why there was no answer. */
  detail: string | null;
  milliseconds: number;
}

export interface HealthAnswers {
  /** `/web/health`, which asks the database server too. */
  health: Answer;
  /** True where `/web/health` itself says that it could not reach the database server. */
  databaseAway: boolean;
  /** The sign-in page, which needs the database's registry. */
  login: Answer;
}

/**
 * Asks a running Odoo the two questions that tell how it is. `/web/health` alone answers 200 with PostgreSQL stopped, and with a
 * broken schema it does so even when it has asked the database server; so the sign-in page must answer too.
 * @throws what the signal says where that fires; no answer is an answer
 */
export async function healthAnswers(url: string, signal: AbortSignal): Promise<HealthAnswers> {
  const [health, login] = await Promise.all([
    ask(new URL('/web/health?db_server_status=1', url), signal),
    ask(new URL('/web/login', url), signal),
  ]);
  return { health: health.answer, databaseAway: /"db_server_status":\s*false/.test(health.body), login: login.answer };
}

export const isHealthy = ({ health, login }: HealthAnswers): boolean => health.status === 200 && login.status === 200;

/** How a running Odoo is, in one word. */
export async function askHealth(url: string, signal: AbortSignal): Promise<Health> {
  try {
    return isHealthy(await healthAnswers(url, signal)) ? 'healthy' : 'unhealthy';
  } catch {
    return 'unknown';
  }
}

async function ask(url: URL, signal: AbortSignal): Promise<{ answer: Answer; body: string }> {
  const begin = performance.now();
  const since = () => Math.round(performance.now() - begin);
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    const body = await response.text();
    const location = response.headers.get('location');
    return { answer: { status: response.status, detail: location, milliseconds: since() }, body };
  } catch (error) {
    signal.throwIfAborted();
    return { answer: { status: null, detail: reasonOf(error), milliseconds: since() }, body: '' };
  }
}

/** `ECONNREFUSED`, or whatever else fetch hides behind `fetch failed`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `not within ${TIMEOUT_MS / 1000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
