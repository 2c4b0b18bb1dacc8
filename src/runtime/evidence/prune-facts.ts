import { evidenceFiles } from '../../adapters/files/evidence-files.ts';
import { isCompressed } from '../../adapters/files/evidence-prune.ts';
import { readRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { readOutbox, readSetAside } from '../../adapters/files/outbox.ts';
import { fetchRemote } from '../../adapters/git/refs.ts';
import { DAY_MS } from '../../core/config/duration.ts';
import { isOpsError } from '../../core/errors.ts';
import { fileProblems } from '../../core/evidence/chain.ts';
import { isSealed, isUnchanged } from '../../core/evidence/record.ts';
import type { RetentionFacts, RetentionPolicy } from '../../core/evidence/retention.ts';
import { artifactsOutbox } from '../control-plane/artifact-outbox.ts';
import { openControlPlane } from '../control-plane/open.ts';
import { say, type Workspace } from '../workspace.ts';
import { evidenceBranch, evidenceTarget, publishedRecords } from './published.ts';
import { outboxFolder } from './seal.ts';

/** Seals that the remote holds a whole copy of; null where it is to hold none. What cannot be reached now holds nothing for us. */
async function copies(workspace: Workspace): Promise<Set<string> | null> {
  const target = evidenceTarget(workspace);
  if (!target) return null;
  try {
    await fetchRemote(workspace.git, target.remote);
  } catch (error) {
    if (!isOpsError(error, 'unreachable')) throw error;
    say(workspace.context, `${error.message} Nothing is removed whose copy cannot be seen.`, 'warning');
    return new Set();
  }
  const evidence = await evidenceBranch(workspace, target);
  const whole = [...(await publishedRecords(workspace, evidence)).values()].filter(({ folder, record }) =>
    record.files.every(({ path }) => evidence.files.has(`${folder}/${path}`)),
  );
  return new Set(whole.flatMap(({ record }) => (isSealed(record) ? [record.hash] : [])));
}

/** Without a control plane nothing waits for one: the outbox only remembers what to deliver once there is. */
async function waiting(workspace: Workspace): Promise<Set<string>> {
  if ((await openControlPlane(workspace)) === null) return new Set();
  const { supabase } = workspace.config.control_plane;
  const outboxes = [outboxFolder(workspace), ...(supabase?.bucket === undefined ? [] : [artifactsOutbox(workspace)])];
  const ids = outboxes.map(async (outbox) => [...(await readOutbox(outbox)), ...(await readSetAside(outbox)).map(({ id }) => id)]);
  return new Set((await Promise.all(ids)).flat());
}

async function isWhole(workspace: Workspace, stored: StoredRecord): Promise<boolean> {
  if (!isUnchanged(stored, sha256)) return false;
  return fileProblems({ ...stored, files: await evidenceFiles(workspace.evidenceRoot, stored.folder) }).length === 0;
}

/** What the plan of a prune is made from. Files are only read of records that are old enough for anything to happen to them. */
export async function retentionFacts(workspace: Workspace, now: Date, policy: RetentionPolicy): Promise<RetentionFacts[]> {
  const { evidenceRoot: root, context } = workspace;
  const [published, outbox] = [await copies(workspace), await waiting(workspace)];
  const facts: RetentionFacts[] = [];
  for (const stored of (await readRecords(root)).records) {
    context.signal.throwIfAborted();
    const { folder, record } = stored;
    const old = !(Date.parse(record.started_at) > now.getTime() - policy.compress_after_days * DAY_MS);
    facts.push({
      folder,
      record,
      whole: old && (await isWhole(workspace, stored)),
      compressed: old && (await isCompressed(root, folder)),
      waiting: outbox.has(record.id),
      published: published === null || (record.hash !== null && published.has(record.hash)),
    });
  }
  return facts;
}
