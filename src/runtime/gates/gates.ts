import { milliseconds } from '../../core/config/duration.ts';
import type { Config } from '../../core/config/schema.ts';
import { toOpsError } from '../../core/errors.ts';
import type { GatePlan, GateResult } from '../../core/gates/gate.ts';
import { runGates } from '../../core/gates/schedule.ts';
import type { PromotionPlan } from '../../core/promotion/plan.ts';
import type { Sha } from '../../core/repository/names.ts';
import type { Log, Session } from '../evidence/session.ts';
import type { Workspace } from '../workspace.ts';
import { BUILT_IN_GATES } from './built-in.ts';
import { runTeamGate } from './team.ts';

/** What a gate is given. It throws where it cannot tell: a crash is a failure. */
export interface GateInput {
  workspace: Workspace;
  plan: PromotionPlan;
  /** The commit that the target branch would hold. */
  candidate: Sha;
  /** The rules: those of staging, not of the branch under test. */
  config: Config;
  log: Log;
  signal: AbortSignal;
}

export interface GateVerdict {
  result: 'passed' | 'failed';
  /** One line for people: `2 errors`. */
  message: string;
}

/** The gates that guard a promotion, in order: ours, then the team's own. */
export function gatePlans(config: Config, environment: 'staging' | 'production'): GatePlan[] {
  const own = BUILT_IN_GATES.map(({ name, title, timeout }) => ({ name, title, needs: [], timeout_ms: milliseconds(timeout) }));
  const team = config.promotion.gates
    .filter(({ into }) => into.includes(environment))
    .map(({ name, run, needs, timeout }) => ({
      name,
      title: typeof run === 'string' ? run : run.join(' '),
      needs,
      timeout_ms: milliseconds(timeout),
    }));
  return [...own, ...team];
}

/** Runs the gates of a plan, each with its own log file and timeout. Never rejects for a gate's sake. */
export async function runPromotionGates(
  workspace: Workspace,
  session: Session,
  plan: PromotionPlan,
  candidate: Sha,
  config: Config,
): Promise<GateResult[]> {
  const run = async (gate: GatePlan): Promise<GateResult> => {
    const file = `gate-${gate.name}.log`;
    const log = session.log(file);
    const startedAt = session.now();
    const begin = Date.now();
    const deadline = AbortSignal.timeout(gate.timeout_ms);
    const signal = AbortSignal.any([workspace.context.signal, deadline]);
    session.context.report({ type: 'start', step: `gate:${gate.name}`, title: gate.title });
    let verdict: GateVerdict | { result: 'inconclusive'; message: string };
    try {
      const own = BUILT_IN_GATES.find(({ name }) => name === gate.name);
      const input: GateInput = { workspace, plan, candidate, config, log, signal };
      verdict = await untilAborted(own ? own.check(input) : runTeamGate(gate.name, input), signal);
    } catch (error) {
      const known = toOpsError(error);
      log(known.stack ?? known.message);
      verdict = workspace.context.signal.aborted
        ? { result: 'inconclusive', message: 'cancelled' }
        : { result: 'failed', message: deadline.aborted ? `took longer than ${gate.timeout_ms / 1000} s` : known.message };
    }
    log(`${verdict.result}: ${verdict.message}`);
    const ms = Date.now() - begin;
    session.context.report({ type: 'stop', step: `gate:${gate.name}`, result: verdict.result, ms, message: verdict.message });
    return { name: gate.name, ...verdict, started_at: startedAt, duration_ms: ms, log: `logs/${file}` };
  };
  const skip = (gate: GatePlan, failedNeed: string): GateResult => {
    const message = `not run: ${failedNeed} did not pass`;
    session.log(`gate-${gate.name}.log`)(message);
    return {
      name: gate.name,
      result: 'inconclusive',
      message,
      started_at: session.now(),
      duration_ms: 0,
      log: `logs/gate-${gate.name}.log`,
    };
  };
  return runGates(plan.gates, run, skip);
}

/** A gate that does not listen to its signal must not hold the promotion. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
