import './environment.ts';
import type { OpsEvent } from '../../src/core/events.ts';
import { preparePromotion } from '../../src/runtime/promotion/plan.ts';
import { promote } from '../../src/runtime/promotion/promote.ts';
import type { ActResult } from '../../src/runtime/evidence/act.ts';
import { openWorkspace, type Workspace } from '../../src/runtime/workspace.ts';
import type { PromotionPlan } from '../../src/core/promotion/plan.ts';

export interface Opened extends Workspace {
  events: OpsEvent[];
}

/** A repository, opened as a host opens it, with what it reports. */
export async function opened(
  root: string,
  environment: Readonly<Record<string, string | undefined>> = {},
  signal = new AbortController().signal,
): Promise<Opened> {
  const events: OpsEvent[] = [];
  const workspace = await openWorkspace(root, { signal, report: (event) => events.push(event) }, { ...process.env, ...environment });
  return { ...workspace, events };
}

export async function planOf(root: string, from: string, to: string, reason?: string): Promise<PromotionPlan> {
  return preparePromotion(await opened(root), { from, to, emergency: reason === undefined ? null : { reason } });
}

/** Plans and applies, in this process. */
export async function promoted(root: string, from: string, to: string, reason?: string): Promise<ActResult> {
  return promote(await opened(root), await planOf(root, from, to, reason));
}
