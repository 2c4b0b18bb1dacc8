import type { Attempt } from '../../core/pr-environments/identity.ts';
import type { Code, CodeSource, Place } from '../../core/pr-environments/engine.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { Platform } from './platform.ts';

/** An environment that is being built: what its steps hand to one another. */
export interface Building {
  readonly platform: Platform;
  readonly plan: EnvironmentPlan;
  readonly attempt: Attempt;
  readonly source: CodeSource;
  /** Of the environment's role. A secret, and nobody's but this environment's. */
  readonly password: string;
  /** Ends with the person's wish, and where a newer build of the same pull request begins. */
  readonly signal: AbortSignal;
  readonly code: Code;
  readonly place: Place;
  /** Where people open it. */
  readonly url: string;
  readonly configuration: string;
  /** Every module on the addons path. */
  readonly modules: ReadonlyMap<string, { neutralizes: boolean }>;
  readonly copy: { strategy: string; bytes: number };
  /** `database.uuid` of what it was copied from: never its own again. */
  readonly sourceUuid: string | null;
}
