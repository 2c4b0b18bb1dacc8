import type { ControlPlane } from '../../core/control-plane/port.ts';
import { promotionsInto } from '../../core/control-plane/questions.ts';
import type { LastPromotion } from '../../core/environments/overview.ts';
import { promotionPlanSchema } from '../../core/promotion/plan.ts';

/** The last passed promotion of each environment. @throws OpsError `unreachable` */
export async function lastPromotions(plane: ControlPlane): Promise<LastPromotion[]> {
  const environments = promotionPlanSchema.shape.environment.options;
  const found = await Promise.all(environments.map((environment) => plane.select(promotionsInto(environment))));
  return found
    .flat()
    .flatMap(({ id, environment, sha, from_branch: from, actor, finished_at }) =>
      sha === null ? [] : [{ id, environment, sha, from, actor, finished_at: new Date(finished_at).toISOString() }],
    );
}
