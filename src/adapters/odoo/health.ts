import type { Health } from '../../core/environments/overview.ts';

const TIMEOUT_MS = 3000;

/**
 * Asks a running Odoo how it is. `/web/health` alone answers 200 with PostgreSQL stopped, and with a broken schema it does so even
 * when it has asked the database server; so the sign-in page must answer too.
 */
export async function askHealth(url: string, signal: AbortSignal): Promise<Health> {
  const get = (path: string) =>
    fetch(new URL(path, url), { redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  try {
    const [health, login] = await Promise.all([get('/web/health?db_server_status=1'), get('/web/login')]);
    return health.status === 200 && login.status === 200 ? 'healthy' : 'unhealthy';
  } catch {
    return signal.aborted ? 'unknown' : 'unhealthy';
  }
}
