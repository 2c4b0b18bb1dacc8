import type { Sha } from '../repository/names.ts';
import type { Guarantee } from './engine.ts';
import type { Verdict } from './plan.ts';

/** What a PR environment is doing, as lists and trees show it. */
export type EnvironmentState = 'absent' | 'waiting' | 'building' | 'running' | 'sleeping' | 'failed' | 'removing';

/** A PR environment, put together from what exists on the host and from the newest record of it. */
export interface PrEnvironment {
  number: number;
  /** Of the pull request; the branch's name where GitHub was not asked. */
  title: string;
  branch: string;
  host: string;
  /** Where people open it. */
  url: string;
  sha: Sha | null;
  state: EnvironmentState;
  verdict: Verdict | null;
  /** Why it is yellow, red or failed. */
  lines: string[];
  created_at: string | null;
  expires_at: string | null;
  engine: 'docker' | 'process';
  lacks: readonly Guarantee[];
  /** Folder of the newest record of it, from the root of the repository; null where this clone has none. */
  evidence: string | null;
}
