import { linearPromotion } from './linear-promotion.ts';
import { noSecrets } from './no-secrets.ts';
import { rowLevelSecurity } from './row-level-security.ts';
import { noShadowLedger } from './no-shadow-ledger.ts';
import { reproducibleBuild } from './reproducible-build.ts';
import type { RuleDefinition } from './rule.ts';

/** The eleven rules, in the order of the constitution's non-negotiables. */
export const RULE_DEFINITIONS: readonly RuleDefinition[] = [
  linearPromotion,
  reproducibleBuild,
  noSecrets,
  rowLevelSecurity,
  noShadowLedger,
];
