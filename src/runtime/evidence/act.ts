import { toOpsError, type OpsError } from '../../core/errors.ts';
import type { EvidenceRecord, Outcome, SealedRecord } from '../../core/evidence/record.ts';
import { say, type Workspace } from '../workspace.ts';
import { activeActs } from './active.ts';
import { uploadArtifacts } from '../control-plane/artifact-outbox.ts';
import { deliverOutbox } from '../control-plane/deliver.ts';
import { exportRecord } from '../telemetry.ts';
import { publishRecords } from './publish.ts';
import { sealRecord, type Ending } from './seal.ts';
import { openSession, type Session } from './session.ts';

export interface ActOutcome {
  result: 'passed' | 'failed' | 'refused';
  message: string | null;
  outcome: Outcome | null;
}

export interface ActResult {
  record: SealedRecord;
  /** From the root of the repository. */
  folder: string;
}

/**
 * The shape of every act: evidence is opened before anything happens, and sealed whatever happens; then it goes to the remote and
 * to the control plane, as far as these can be reached.
 * @throws what `run` threw, after its record is sealed; `details.evidence` names the folder
 */
export async function runAct(
  workspace: Workspace,
  topic: string,
  plan: EvidenceRecord['plan'],
  run: (session: Session) => Promise<ActOutcome>,
): Promise<ActResult> {
  const session = await openSession(workspace, topic, plan);
  const folder = `${workspace.config.evidence.folder}/${session.folder}`;
  let ending: Ending;
  let failure: OpsError | undefined;
  try {
    ending = await run(session);
  } catch (error) {
    const known = toOpsError(error);
    const result = known.code === 'cancelled' ? 'cancelled' : ['refused', 'locked', 'moved'].includes(known.code) ? 'refused' : 'failed';
    session.log('act.log')(`error ${known.stack ?? known.message}`);
    ending = { result, message: known.message, outcome: session.record.outcome };
    known.details['evidence'] = folder;
    failure = known;
  }
  let record: SealedRecord;
  try {
    await session.closeLogs();
    if (failure !== undefined && session.unsettled) throw failure;
    record = await sealRecord(workspace, session.folder, session.record, ending);
  } finally {
    activeActs.delete(session.record.id);
  }
  if (!workspace.context.signal.aborted) await spread(workspace, record);
  if (failure !== undefined) throw failure;
  return { record, folder };
}

/** Copies what is new to the remote and to the control plane; what cannot be reached now is tried again by the next act. */
async function spread(workspace: Workspace, record: SealedRecord): Promise<void> {
  const tries = [publishRecords, deliverOutbox, uploadArtifacts] as const;
  for (const attempt of tries) {
    try {
      await attempt(workspace);
    } catch (error) {
      const known = toOpsError(error);
      say(
        workspace.context,
        `${known.message} The evidence is complete in this clone; \`odoo-ops evidence sync\` sends it later.`,
        'warning',
      );
    }
  }
  await exportRecord(workspace, record);
}
