import type { ReadinessFacts } from '../../core/devserver/readiness.ts';

/**
 * A server that loads its registry holds requests open, and each takes one of its threads: so few and patient looks. A server
 * that ends closes the connection, which needs no patience.
 */
const ANSWER_WITHIN_MS = 30_000;

/** A website may send `/web/login` to the visitor's language first. */
const MAX_REDIRECTS = 3;

interface Answer {
  status: number | undefined;
  location: string | undefined;
}

async function get(url: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]) });
    await response.body?.cancel();
    return { status: response.status, location: response.headers.get('location') ?? undefined };
  } catch {
    return { status: undefined, location: undefined }; // refused, reset, too late or aborted: no answer
  }
}

/** Looks at a server once. Never rejects: what does not answer is a fact too. */
export async function probeReadiness(url: string, signal: AbortSignal): Promise<ReadinessFacts> {
  const health = await get(`${url}/web/health?db_server_status=1`, signal);
  if (health.status === undefined) return { health: undefined, login: undefined, loginLocation: undefined };
  let address = `${url}/web/login`;
  let login = await get(address, signal);
  for (let hop = 0; hop < MAX_REDIRECTS && login.location !== undefined && !login.location.includes('/web/database/'); hop += 1) {
    const next = new URL(login.location, address);
    if (next.origin !== new URL(url).origin) break;
    address = next.href;
    login = await get(address, signal);
  }
  return { health: health.status, login: login.status, loginLocation: login.location };
}
