import { gitIn } from '../../adapters/git/git.ts';
import { OpsError } from '../../core/errors.ts';
import { environmentTopic } from '../../core/evidence/folder.ts';
import { count } from '../../core/text.ts';
import type { EnvironmentOutcome, EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import { tellCourse } from '../control-plane/environments.ts';
import { runAct, type ActResult } from '../evidence/act.ts';
import { settleInterrupted } from '../evidence/settle.ts';
import { say, type Workspace } from '../workspace.ts';
import { identityOf, openPlatform, type PlatformOptions } from './platform.ts';
import { everything, removeThings } from './remove.ts';
import { createTeller } from './report.ts';

/** Looks again until nothing new turns up: a build that was just ended may have left one more thing. */
const ROUNDS = 3;

/**
 * Takes an environment down, whatever state it is in: a build of it is ended first, then all of it goes. Evidence stays.
 * @throws OpsError `unreachable`; `failed` where something could not be taken away, naming it
 */
export async function down(workspace: Workspace, plan: EnvironmentPlan, options: PlatformOptions): Promise<ActResult> {
  const platform = await openPlatform(workspace, options);
  const identity = identityOf(platform, plan);
  await settleInterrupted(workspace);
  const claim = await platform.server.claim(identity, { wait: true }, workspace.context.signal);
  if (!claim) throw new OpsError('locked', `Environment ${plan.number} is being built.`);
  try {
    const signal = AbortSignal.any([workspace.context.signal, claim.signal]);
    const own: Workspace = { ...workspace, git: gitIn(workspace.root, signal), context: { ...workspace.context, signal } };
    return await runAct(own, environmentTopic(plan.number), plan, async (session) => {
      const course = tellCourse(own, session.record);
      const removed: EnvironmentOutcome['removed'] = [];
      const kept = await session.step('remove', `Take environment ${plan.number} down`, async () => {
        for (let round = 1; ; round++) {
          const left = (await everything(platform, signal)).filter(({ thing }) => thing.stamp.number === plan.number);
          if (left.length === 0) return [];
          const asked = left.map((one) => ({ ...one, reason: 'asked for' }));
          const removal = await removeThings(asked, signal, (note) => say(session.context, `Removed ${note.kind} ${note.name}`, 'debug'));
          removed.push(...removal.removed);
          if (round === ROUNDS) return removal.kept;
        }
      });
      await course;
      const outcome: EnvironmentOutcome = {
        act: 'pr-environment',
        state: kept.length === 0 ? 'removed' : 'failed',
        verdict: null,
        lines: [],
        fallback: false,
        image: null,
        database: null,
        neutralisation: null,
        uncovered: [],
        removed,
        expires_at: null,
      };
      if (kept.length > 0) {
        const [first] = kept;
        const message = `${count(kept.length, 'thing')} of environment ${plan.number} could not be taken away; ${first?.kind ?? ''} ${first?.name ?? ''}: ${first?.reason ?? ''}`;
        return { result: 'failed', message, outcome };
      }
      const teller = createTeller(platform, plan, session, null);
      if (removed.length > 0) teller.tell({ state: 'removed' });
      await teller.done();
      return { result: 'passed', message: `${count(removed.length, 'thing')} removed; nothing is left.`, outcome };
    });
  } finally {
    await claim.release();
  }
}
