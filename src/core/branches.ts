import type { Config, Stage } from './config/schema.ts';
import { matchesAny } from './config/patterns.ts';

/** The environments that a repository always has (§3.1); PR environments come and go beside them. */
export const ENVIRONMENTS = ['dev', 'staging', 'production'] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

export const STAGE_OF: Record<EnvironmentName, Stage> = {
  dev: 'development',
  staging: 'staging',
  production: 'production',
};

/** What a branch is for (§4.1). */
export type BranchRole = 'production' | 'staging' | 'pull-request' | 'other';

export function branchRole(branch: string, branches: Config['branches']): BranchRole {
  if (branch === branches.production) return 'production';
  if (branch === branches.staging) return 'staging';
  return matchesAny(branch, branches.pull_requests) ? 'pull-request' : 'other';
}

/** `feature/Loyalty Points` as `feature-loyalty-points`: a DNS label of at most 40 characters (§4.3). */
export function branchSlug(branch: string): string {
  const slug = branch
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return slug === '' ? 'branch' : slug;
}

/** `pr-<number>-<slug>.<domain>` (§4.3). */
export function pullRequestHost(template: string, number: number, branch: string): string {
  return template.replace('<number>', String(number)).replace('<slug>', branchSlug(branch));
}
