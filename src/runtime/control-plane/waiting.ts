import { readSetAside, retrySetAside } from '../../adapters/files/outbox.ts';
import { outboxFolder } from '../evidence/seal.ts';
import type { Workspace } from '../workspace.ts';
import { artifactsOutbox } from './artifact-outbox.ts';
import { deliverOutbox, type DeliveryReport } from './deliver.ts';

/** Records that the control plane did not take, with the reason and the time of the last try. */
export const setAsideRecords = (workspace: Workspace): Promise<{ id: string; reason: string; at: string }[]> =>
  readSetAside(outboxFolder(workspace));

/** Puts them back among those that wait, and those whose files Storage did not take. @returns how many */
export async function retrySetAsideRecords(workspace: Workspace): Promise<number> {
  const [records, files] = [await retrySetAside(outboxFolder(workspace)), await retrySetAside(artifactsOutbox(workspace))];
  return records + files;
}

/** Brings waiting records to the control plane. @param retry also those that were set aside @throws OpsError `unreachable` */
export async function deliverWaiting(workspace: Workspace, { retry }: { retry: boolean }): Promise<DeliveryReport> {
  if (retry) await retrySetAsideRecords(workspace);
  return deliverOutbox(workspace);
}
