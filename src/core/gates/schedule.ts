import type { GatePlan, GateResult } from './gate.ts';

/**
 * Runs gates as early as their needs allow, in parallel; the results come in the order of the plans.
 * A gate whose need did not pass is not run and is `inconclusive`.
 * @param run performs one gate and never rejects: a crash or a timeout is its result
 * @param skip makes the result of a gate that did not run
 */
export async function runGates<Plan extends GatePlan>(
  plans: readonly Plan[],
  run: (plan: Plan) => Promise<GateResult>,
  skip: (plan: Plan, failedNeed: string) => GateResult,
): Promise<GateResult[]> {
  const started = new Map<string, Promise<GateResult>>();
  for (const plan of plans) {
    const needs = plan.needs.map((need) => started.get(need)).filter((result) => result !== undefined);
    started.set(
      plan.name,
      Promise.all(needs).then((results) => {
        const failed = results.find(({ result }) => result !== 'passed');
        return failed ? skip(plan, failed.name) : run(plan);
      }),
    );
  }
  return Promise.all(started.values());
}
