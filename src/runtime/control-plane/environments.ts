import { randomUUID } from 'node:crypto';
import { setPullRequestEnvironment } from '../../core/control-plane/calls.ts';
import {
  environmentCourse,
  hostNews,
  type EnvironmentChange,
  type EnvironmentRow,
  type HostFacts,
} from '../../core/control-plane/environment-changes.ts';
import { environmentsAlive } from '../../core/control-plane/environment-questions.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { storable } from '../../core/control-plane/storable.ts';
import { toOpsError } from '../../core/errors.ts';
import type { EvidenceRecord } from '../../core/evidence/record.ts';
import { say, type Workspace } from '../workspace.ts';
import { deliversAs, openControlPlane } from './open.ts';
import { reading, type Reader, type Reading } from './reading.ts';
import { requireSoundSchema } from './sound.ts';

/** Milliseconds: what is said here is a courtesy to those who look, and keeps nobody waiting. */
const WITHIN = 3000;
/** The same for a look at the host, which has more to say. */
const LOOK_WITHIN = 20_000;

/** Rows of a page; a host has fewer. */
const PAGE = 500;

/** Asks the control plane where there is one that this process may write to. Never throws: the records say it all later. */
async function tell(workspace: Workspace, use: (plane: ControlPlane) => Promise<void>, milliseconds = WITHIN): Promise<void> {
  const { context } = workspace;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(milliseconds)]);
  try {
    const hurried = { ...workspace, context: { ...context, signal } };
    const plane = await openControlPlane(hurried);
    if (!plane || (await deliversAs(hurried)) !== 'ci') return;
    await requireSoundSchema(plane);
    await use(plane);
  } catch (error) {
    if (context.signal.aborted) return;
    const why = signal.aborted ? `It did not answer within ${milliseconds / 1000} s.` : toOpsError(error).message;
    say(context, `The control plane was not told how the environment stands: ${why}`, 'debug');
  }
}

/** Says that an act has begun on an environment, so that people elsewhere see it build; its record says what came of it. */
export async function tellCourse(workspace: Workspace, { id, plan, started_at }: EvidenceRecord): Promise<void> {
  if (plan.act !== 'pr-environment') return;
  await tell(workspace, async (plane) => {
    await plane.call(setPullRequestEnvironment(storable(environmentCourse({ id, started_at }, plan, plane.clientId))));
  });
}

const change = (
  client_id: string,
  news: Pick<EnvironmentChange, 'number' | 'state' | 'message'>,
  updated_at: string,
): EnvironmentChange => ({ client_id, id: randomUUID(), updated_at, evidence_id: null, ...news });

/** Says what needs no act: that an environment was put to sleep, or woken. */
export async function tellState(workspace: Workspace, number: number, state: 'running' | 'sleeping'): Promise<void> {
  const at = new Date().toISOString();
  await tell(workspace, async (plane) => {
    await plane.call(setPullRequestEnvironment(change(plane.clientId, { number, state, message: null }, at)));
  });
}

async function allAlive(reader: Reader): Promise<EnvironmentRow[]> {
  const rows: EnvironmentRow[] = [];
  for (;;) {
    const page = await reader.select(environmentsAlive(PAGE, rows.at(-1)));
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

/** Says what a look at the host shows, and nobody had told. @param look is asked only where somebody listens */
export async function tellHost(workspace: Workspace, look: () => Promise<HostFacts>): Promise<void> {
  const news = async (plane: ControlPlane): Promise<void> => {
    const rows = await allAlive(plane);
    if (rows.length === 0) return;
    const facts = await look();
    for (const one of hostNews(rows, facts)) await plane.call(setPullRequestEnvironment(change(plane.clientId, one, facts.at)));
  };
  await tell(workspace, news, LOOK_WITHIN);
}

/**
 * PR environments as the control plane knows them, newest first; without one, from the evidence of this clone. For those who are not on
 * the host that has them.
 * @throws OpsError `cancelled`, `usage`
 */
export const recordedEnvironments = (workspace: Workspace): Promise<Reading<EnvironmentRow[]>> => reading(workspace, allAlive);
