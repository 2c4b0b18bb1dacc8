import { remoteBranches } from '../../adapters/git/refs.ts';
import { OpsError } from '../../core/errors.ts';
import { count } from '../../core/text.ts';
import { branchNameSchema } from '../../core/repository/names.ts';
import type { PayloadOf } from '../../core/tasks/kinds.ts';
import type { TaskKind } from '../../core/tasks/names.ts';
import type { TaskResult } from '../../core/tasks/task.ts';
import { build } from '../build/build.ts';
import { check } from '../policy/check.ts';
import { pruneEvidence } from '../evidence/prune.ts';
import { syncEvidence } from '../evidence/sync.ts';
import type { Workspace } from '../workspace.ts';
import { fetchFirst } from './fetch-first.ts';
import { prDown, prUp, sweepTask } from './pr-handlers.ts';

/**
 * What a worker does for each kind of task. It may be done twice, when a worker dies after it and before it said so: each is an act that
 * may be run again.
 */
export type Handlers = { readonly [Kind in TaskKind]: (workspace: Workspace, payload: PayloadOf<Kind>) => Promise<TaskResult> };

export const HANDLERS: Handlers = {
  build: async (workspace, { revision, verify = false }) => {
    await fetchFirst(workspace);
    const { manifest, record } = await build(workspace, { revision: await onRemote(workspace, revision), verify, output: null });
    return { message: `Built ${manifest.sha}: sha256 ${manifest.artifact.sha256}`, evidence_id: record.id };
  },
  check: async (workspace) => {
    await fetchFirst(workspace); // for the history; the files are those of the work tree
    const { findings, files } = await check(workspace);
    const errors = findings.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    if (first) throw new OpsError('refused', `${count(errors.length, 'error')}, first ${first.rule}: ${first.message}`);
    return { message: `${count(findings.length, 'finding')} in ${count(files, 'file')}, no error`, evidence_id: null };
  },
  'evidence-prune': async (workspace) => {
    const { plan, act } = await pruneEvidence(workspace);
    const message = `${count(plan.compress.length, 'record')} compressed, ${plan.remove.length} removed`;
    return { message, evidence_id: act?.record.id ?? null };
  },
  'evidence-sync': async (workspace) => {
    const { pulled, published, delivered, waiting, setAside } = await syncEvidence(workspace);
    const aside = setAside.length > 0 ? `, ${setAside.length} set aside` : '';
    return { message: `${pulled} pulled, ${published} published, ${delivered} delivered, ${waiting} waiting${aside}`, evidence_id: null };
  },
  'pr-down': prDown,
  'pr-up': prUp,
  sweep: sweepTask,
};

/** A branch is that of the remote: the clone's own of that name stays where it was cloned. */
async function onRemote({ git, remote }: Workspace, revision: string): Promise<string> {
  if (remote === null || !branchNameSchema.safeParse(revision).success) return revision;
  return (await remoteBranches(git, remote)).has(revision) ? `${remote}/${revision}` : revision;
}
