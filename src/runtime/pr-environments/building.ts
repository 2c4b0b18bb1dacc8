import type { Attempt } from '../../core/pr-environments/identity.ts';
import type { Code, CodeSource, Place } from '../../core/pr-environments/engine.ts';
import { environmentConf } from '../../core/pr-environments/odoo-conf.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { Platform } from './platform.ts';

/** odoo.conf of an environment for some code: Odoo finds its modules by the addons path that stands there. */
export const configurationWith = (
  { attempt, place, password, platform }: Pick<Building, 'attempt' | 'place' | 'password' | 'platform'>,
  { addons_path: addonsPath }: Code,
): string =>
  environmentConf({
    identity: attempt.identity,
    place,
    password,
    addonsPath,
    withoutDemo: platform.config.pull_requests.odoo.without_demo,
  });

/** A line of Odoo's without its role's password: addons of the branch print what they like. */
export const withoutPassword = ({ password }: Pick<Building, 'password'>, line: string): string => line.replaceAll(password, '[redacted]');

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
