import { randomUUID } from 'node:crypto';
import type { Attempt, EnvironmentIdentity } from '../../src/core/pr-environments/identity.ts';
import type { Stamp } from '../../src/core/pr-environments/thing.ts';

export const PASSWORD = 'a-very-secret-password';
export const COMMIT = 'c0ffee'.padEnd(40, '0');

export const identityOf = (number: number, project = 'acme'): EnvironmentIdentity => ({
  project,
  number,
  host: `pr-${number}-x.dev.example.com`,
  name: `odoo-ops-${project}-pr-${number}`,
  database: `odoo_ops_${project.replaceAll('-', '_')}_pr_${number}`,
});

export function attemptOf(number: number, project = 'acme'): Attempt {
  const id = randomUUID();
  const stamp: Stamp = {
    project,
    number,
    attempt: id,
    commit: COMMIT,
    branch: 'feature/x',
    created_at: new Date().toISOString(),
    engine: 'here',
    expires_at: null,
  };
  return { identity: identityOf(number, project), id, commit: COMMIT, stamp };
}

export const templateStamp = (project = 'acme'): Stamp => ({
  project,
  number: null,
  attempt: null,
  commit: COMMIT,
  branch: null,
  created_at: new Date().toISOString(),
  engine: null,
  expires_at: null,
});
