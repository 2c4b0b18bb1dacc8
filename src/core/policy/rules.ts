import { addonsPathOrder } from './addons-path-order.ts';
import { odooStage } from './odoo-stage.ts';
import { cronLimits } from './cron-limits.ts';
import { linearPromotion } from './linear-promotion.ts';
import { noSecrets } from './no-secrets.ts';
import { productionLimits } from './production-limits.ts';
import { rowLevelSecurity } from './row-level-security.ts';
import { noShadowLedger } from './no-shadow-ledger.ts';
import { reproducibleBuild } from './reproducible-build.ts';
import { stagingNeutralised } from './staging-neutralised.ts';
import { workerRecycling } from './worker-recycling.ts';
import type { RuleDefinition } from './rule.ts';

/** The eleven rules, in the order of RULES. */
export const RULE_DEFINITIONS: readonly RuleDefinition[] = [
  addonsPathOrder,
  odooStage,
  stagingNeutralised,
  linearPromotion,
  reproducibleBuild,
  noSecrets,
  rowLevelSecurity,
  workerRecycling,
  cronLimits,
  productionLimits,
  noShadowLedger,
];
