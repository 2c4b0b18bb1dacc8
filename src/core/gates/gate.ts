import * as z from 'zod';

export const gatePlanSchema = z.object({
  name: z.string(),
  /** What it checks, for people. */
  title: z.string(),
  /** Gates that must have passed before this one starts. */
  needs: z.array(z.string()),
  timeout_ms: z.int(),
});
/** Our own gates; a team's gate has another name. */
export const BUILT_IN_GATE_NAMES = ['clean-work-tree', 'up-to-date-remote', 'linear-history', 'policy', 'reproducible-build'] as const;
export type BuiltInGateName = (typeof BUILT_IN_GATE_NAMES)[number];

/** A gate before it runs. */
export type GatePlan = z.infer<typeof gatePlanSchema>;

export const gateResultSchema = z.object({
  name: z.string(),
  /** `inconclusive` counts as failed: a gate that could not tell has not said yes. */
  result: z.enum(['passed', 'failed', 'inconclusive']),
  message: z.string(),
  started_at: z.string(),
  duration_ms: z.int(),
  /** Its log file, from the evidence folder. */
  log: z.string(),
});
export type GateResult = z.infer<typeof gateResultSchema>;

export const allPassed = (results: readonly GateResult[]): boolean => results.every(({ result }) => result === 'passed');

/** `policy: 2 errors; tests: exit code 1` */
export function refusal(results: readonly GateResult[]): string {
  return results
    .filter(({ result }) => result !== 'passed')
    .map(({ name, message }) => `${name}: ${message}`)
    .join('; ');
}
