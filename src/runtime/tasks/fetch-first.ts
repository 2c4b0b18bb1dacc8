import { fetchRemote } from '../../adapters/git/refs.ts';
import type { Workspace } from '../workspace.ts';

/** A clone that nobody works in does not move by itself. */
export async function fetchFirst({ git, remote }: Workspace): Promise<void> {
  if (remote !== null) await fetchRemote(git, remote, { quiet: true });
}
