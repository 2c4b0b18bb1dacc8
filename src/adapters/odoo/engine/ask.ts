import type { EnvironmentIdentity } from '../../../core/pr-environments/identity.ts';
import { throwIfEnded } from './failures.ts';
import type { ProcessEngineOptions } from './options.ts';
import { addressOf } from './place.ts';

/** A server that loads its registry holds requests open; one that ends closes the connection, which needs no patience. */
const ANSWER_WITHIN_MS = 30_000;

/** @returns null where nobody answers. @throws OpsError why the signal fired */
export async function askServer(
  { folder }: ProcessEngineOptions,
  identity: EnvironmentIdentity,
  path: string,
  signal: AbortSignal,
): Promise<{ status: number; location: string | null } | null> {
  throwIfEnded(signal);
  const address = addressOf(folder, identity);
  if (!address) return null;
  try {
    const response = await fetch(new URL(path, `http://${address.http}`), {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    await response.body?.cancel();
    return { status: response.status, location: response.headers.get('location') };
  } catch {
    throwIfEnded(signal);
    return null; // refused, reset, or too late
  }
}
