import { randomUUID } from 'node:crypto';
import { environmentIdentity } from '../../src/core/pr-environments/names.ts';
import type { Access, Route } from '../../src/core/pr-environments/proxy.ts';

export const PUBLIC: Access = { kind: 'public' };

/** A route of pull request `number` of the project acme. */
export function testRoute(
  number: number,
  access: Access,
  upstream: Route['upstream'],
  given: { branch?: string; project?: string } = {},
): Route {
  const { branch = `feature/${number}`, project = 'acme' } = given;
  const stamp = {
    attempt: randomUUID(),
    commit: 'a'.repeat(40),
    branch,
    engine: 'here',
    created_at: new Date().toISOString(),
    expires_at: null,
  };
  return {
    identity: environmentIdentity({ project, number, branch, host: `pr-<number>-<slug>.${project}.test` }),
    stamp: { project, number, ...stamp },
    access,
    upstream,
  };
}
