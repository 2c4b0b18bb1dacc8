import type { RuleDefinition } from './rule.ts';

/** The eleven rules, in the order of the constitution's non-negotiables. */
export const RULE_DEFINITIONS: readonly RuleDefinition[] = [];
