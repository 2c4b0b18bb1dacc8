import { OpsError } from '../../core/errors.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import { isEnvironment, type Thing } from '../../core/pr-environments/thing.ts';
import { identityOf, type Platform } from './platform.ts';

export interface FoundEnvironment {
  thing: Thing;
  identity: EnvironmentIdentity;
}

/** The Odoo of each environment that exists, running or asleep. */
export async function findEnvironments(platform: Platform, signal: AbortSignal): Promise<FoundEnvironment[]> {
  const things = await platform.engine.things(platform.project, signal);
  return things
    .filter((thing) => isEnvironment(thing))
    .map((thing) => ({ thing, identity: identityOf(platform, { number: thing.stamp.number ?? 0, branch: thing.stamp.branch ?? '' }) }));
}

/** @throws OpsError `usage` where there is no environment of this number */
export async function requireEnvironment(platform: Platform, number: number, signal: AbortSignal): Promise<FoundEnvironment> {
  const found = (await findEnvironments(platform, signal)).find(({ thing }) => thing.stamp.number === number);
  if (found) return found;
  throw new OpsError('usage', `There is no environment of pull request ${number}.`, {
    hint: `Make one with \`odoo-ops pr up ${number}\`.`,
  });
}
