import type { Workspace } from '../workspace.ts';
import { pullRecords } from './pull.ts';
import { settleInterrupted } from './settle.ts';

/**
 * Brings this clone's evidence up to date with the remote, as this clone last saw it: what was cut off here is settled first, so that
 * its logs are kept; then other clones' records come, and those whose process is gone are settled too.
 */
export async function refreshEvidence(workspace: Workspace): Promise<{ settled: number; pulled: number }> {
  const own = await settleInterrupted(workspace);
  const pulled = await pullRecords(workspace);
  return { settled: pulled === 0 ? own : own + (await settleInterrupted(workspace)), pulled };
}
