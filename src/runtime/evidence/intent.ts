import { toOpsError } from '../../core/errors.ts';
import { say, type Workspace } from '../workspace.ts';
import { publishRecords } from './publish.ts';
import type { Session } from './session.ts';

/** Copies the open record to the remote before the act changes anything there: whatever happens to this machine, it is known. */
export async function publishIntent(workspace: Workspace, session: Session): Promise<void> {
  try {
    await publishRecords(workspace, session.record.id);
  } catch (error) {
    say(session.context, `The intent could not be copied to the remote: ${toOpsError(error).message}`, 'warning');
  }
}
