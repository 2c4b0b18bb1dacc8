import type { ActivityFilter } from './questions.ts';

const ACTS: Record<string, string> = {
  promotion: 'promotions',
  deployment: 'deployments',
  build: 'builds',
  'pr-environment': 'PR environments',
  sweep: 'sweeps',
  prune: 'prunes',
};

/** `production · promotions · failed · ipai_loyalty`; empty for everything. */
export const filterText = ({ environment, act, result, module }: ActivityFilter): string =>
  [environment, act === undefined ? undefined : (ACTS[act] ?? act), result, module].filter((part) => part !== undefined).join(' · ');
