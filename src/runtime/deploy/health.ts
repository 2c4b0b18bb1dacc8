import { setTimeout as sleep } from 'node:timers/promises';
import { healthAnswers, isHealthy } from '../../adapters/odoo/health.ts';
import { healthChecks, unaskedChecks } from '../../core/deployment/health.ts';
import type { HealthCheck } from '../../core/deployment/plan.ts';

const PAUSE_MS = 1000;

export interface HealthQuestion {
  environment: string;
  /** Null where odoo-ops.yml names none. */
  url: string | null;
  /** How long Odoo may take, in milliseconds; it is asked once at the least. */
  timeout: number;
  signal: AbortSignal;
  now: () => string;
}

/** Asks a deployed Odoo until it is healthy or its time is over. @returns what it said last */
export async function awaitHealth({ environment, url, timeout, signal, now }: HealthQuestion): Promise<HealthCheck[]> {
  if (url === null) return unaskedChecks(`environments.${environment}.url is not set, so nobody was asked`, now());
  const deadline = Date.now() + timeout;
  for (;;) {
    const answers = await healthAnswers(url, signal);
    if (isHealthy(answers) || Date.now() + PAUSE_MS > deadline) return healthChecks(answers, now());
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
