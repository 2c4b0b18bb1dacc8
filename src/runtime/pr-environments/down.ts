import { environmentTopic } from '../../core/evidence/folder.ts';
import { count } from '../../core/text.ts';
import type { EnvironmentOutcome, EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import { tellCourse } from '../control-plane/environments.ts';
import { runAct, type ActResult } from '../evidence/act.ts';
import type { Session } from '../evidence/session.ts';
import { settleInterrupted } from '../evidence/settle.ts';
import { say, type Workspace } from '../workspace.ts';
import { takeOver } from './claim.ts';
import { identityOf, openPlatform, type Platform, type PlatformOptions } from './platform.ts';
import { everything, isElsewhere, removeThings, type Removal } from './remove.ts';
import { createTeller } from './report.ts';

/** Looks again until nothing new turns up: a build that was just ended may have left one more thing. */
const ROUNDS = 3;

/** Takes all of an environment away. @returns what went, and what could not */
async function removeAll(
  platform: Platform,
  number: number,
  session: Session,
  signal: AbortSignal,
): Promise<Pick<Removal, 'removed' | 'failed'>> {
  const removed: Removal['removed'] = [];
  for (let round = 1; ; round++) {
    const left = (await everything(platform, signal)).filter(({ thing }) => thing.stamp.number === number);
    if (left.length === 0) return { removed, failed: [] };
    const foreign = left.find((one) => isElsewhere(platform, one));
    if (foreign && round === 1) {
      const { kind, name } = foreign.thing;
      say(session.context, `${kind} ${name} was made at another engine: what stands there goes by \`odoo-ops pr sweep\` there.`, 'warning');
    }
    const asked = left.map((one) => ({ ...one, reason: 'asked for' }));
    const removal = await removeThings(asked, signal, (note) => say(session.context, `Removed ${note.kind} ${note.name}`, 'debug'));
    removed.push(...removal.removed);
    if (round === ROUNDS) return { removed, failed: [...removal.failed, ...removal.kept] };
  }
}

const nothing: Omit<EnvironmentOutcome, 'state' | 'removed'> = {
  act: 'pr-environment',
  verdict: null,
  lines: [],
  fallback: false,
  image: null,
  database: null,
  neutralisation: null,
  uncovered: [],
  expires_at: null,
};

/**
 * Takes an environment down, whatever state it is in: a build of it is ended first, then all of it goes. Evidence stays.
 * @throws OpsError `unreachable`; `failed` where something could not be taken away, naming it
 */
export async function down(workspace: Workspace, plan: EnvironmentPlan, options: PlatformOptions): Promise<ActResult> {
  const platform = await openPlatform(workspace, options);
  await settleInterrupted(workspace);
  return takeOver(platform, workspace, identityOf(platform, plan), (own) =>
    runAct(own, environmentTopic(plan.number), plan, async (session) => {
      const course = tellCourse(own, session.record);
      const { removed, failed } = await session.step('remove', `Take environment ${plan.number} down`, () =>
        removeAll(platform, plan.number, session, own.context.signal),
      );
      await course;
      const [left] = failed;
      if (left) {
        const message = `${count(failed.length, 'thing')} of environment ${plan.number} could not be taken away; ${left.kind} ${left.name}: ${left.reason} A sweep tries again.`;
        return { result: 'failed', message, outcome: { ...nothing, state: 'failed', removed } };
      }
      const teller = createTeller(platform, plan, session, null);
      if (removed.length > 0) teller.tell({ state: 'removed' });
      await teller.done();
      const message = `${count(removed.length, 'thing')} removed; nothing is left.`;
      return { result: 'passed', message, outcome: { ...nothing, state: 'removed', removed } };
    }),
  );
}
