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

/** Longest label of a host (RFC 1035). */
const LABEL_LENGTH = 63;

/** What is left of a text in a DNS label: `Tarif réduit` as `tarif-reduit`; empty where nothing is. */
export const labelOf = (text: string, length: number): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Mn}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, length)
    .replace(/-+$/, '');

/** `feature/Loyalty Points` as `feature-loyalty-points`: a DNS label of at most 40 characters (§4.3). */
export function branchSlug(branch: string): string {
  const slug = labelOf(branch, 40);
  return slug === '' ? 'branch' : slug;
}

/** `pr-<number>-<slug>.<domain>` (§4.3), in lower case: the slug is cut so that its whole label is a DNS label. */
export function pullRequestHost(template: string, number: number, branch: string): string {
  const labels = template.toLowerCase().replaceAll('<number>', String(number)).split('.');
  return labels.map((label) => withSlug(label, branchSlug(branch))).join('.');
}

function withSlug(label: string, slug: string): string {
  const [before = '', ...rest] = label.split('<slug>');
  if (rest.length === 0) return label;
  const around = before.length + rest.join('').length;
  const cut = slug.slice(0, Math.max(0, Math.floor((LABEL_LENGTH - around) / rest.length))).replace(/-+$/, '');
  return [before, ...rest].join(cut).replace(/^-+|-+$/g, '');
}
