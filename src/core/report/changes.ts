import * as z from 'zod';
import type { DeploymentRow, PromotionRow } from '../control-plane/questions.ts';

/** Something that was brought to an environment, in a form that can be counted. Times are milliseconds since 1970. */
export interface Change {
  id: string;
  result: 'passed' | 'failed' | 'interrupted';
  /** It went back to an earlier commit. */
  rollback: boolean;
  ended_at: number;
  commits: readonly { sha: string; committed_at: number }[];
}

const commitsSchema = z.array(z.object({ sha: z.string(), committed_at: z.string() })).catch([]);

const commitsOf = (commits: unknown): Change['commits'] =>
  commitsSchema
    .parse(commits)
    .map(({ sha, committed_at }) => ({ sha, committed_at: Date.parse(committed_at) }))
    .filter(({ committed_at }) => !Number.isNaN(committed_at));

/** What went wrong comes before what mended it, also where both ended in one second. */
const rank = ({ result }: Change): number => (result === 'passed' ? 1 : 0);

/** Oldest first; a time that is none could not be put in order. */
const byTime = (changes: readonly Change[]): Change[] =>
  changes
    .filter(({ ended_at }) => !Number.isNaN(ended_at))
    .sort((a, b) => a.ended_at - b.ended_at || rank(a) - rank(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

/** Deployments that were tried, oldest first: one that never got to its command, or that somebody cancelled, is none. */
export const changesOfDeployments = (rows: readonly DeploymentRow[]): Change[] =>
  byTime(
    rows.flatMap(({ id, result, rollback, started, deployed_at, commits }) =>
      started && (result === 'passed' || result === 'failed' || result === 'interrupted')
        ? [{ id, result, rollback, ended_at: Date.parse(deployed_at), commits: commitsOf(commits) }]
        : [],
    ),
  );

/** Where deployments leave no records: each passed promotion counts as one that went well, for nobody knows more. */
export const changesOfPromotions = (rows: readonly PromotionRow[]): Change[] =>
  byTime(
    rows.flatMap(({ id, result, finished_at, commits }) =>
      result === 'passed' ? [{ id, result, rollback: false, ended_at: Date.parse(finished_at), commits: commitsOf(commits) }] : [],
    ),
  );
