import { activity, activityByFolder, activityById, type Activity } from '../core/control-plane/questions.ts';
import { activityOf } from '../core/control-plane/rows.ts';
import { isOpsError, OpsError } from '../core/errors.ts';
import { reading } from './control-plane/reading.ts';
import { findEvidence, type EvidenceEntry } from './evidence/list.ts';
import type { Workspace } from './workspace.ts';

/** An act, and its evidence where that lies in this clone. */
export interface FoundAct {
  act: Activity;
  entry: EvidenceEntry | null;
}

const isEnvironment = (word: string): boolean => /^(?:staging|production|pr-\d+)$/.test(word);

/** The evidence here, or why there is none. @throws OpsError `usage` where the word fits several */
async function evidenceHere(workspace: Workspace, word: string): Promise<EvidenceEntry | OpsError> {
  try {
    return await findEvidence(workspace, word);
  } catch (error) {
    if (isOpsError(error, 'usage') && error.details['fits'] === 0) return error;
    throw error;
  }
}

/** The last deployment of an environment; where none is recorded, the last promotion into it. */
async function lastOf(workspace: Workspace, environment: string): Promise<Activity> {
  const { answer, notice } = await reading(workspace, async (reader) => {
    for (const act of ['deployment', 'promotion']) {
      const [last] = await reader.select(activity({ environment, act }, 1));
      if (last) return last;
    }
    return null;
  });
  if (answer) return answer;
  throw new OpsError('usage', `No deployment of ${environment} is recorded, and no promotion into it.`, {
    hint: notice ?? '`odoo-ops history` shows what is.',
  });
}

/** @param absent why this clone has no evidence of it */
async function inControlPlane(workspace: Workspace, word: string, absent: OpsError): Promise<Activity> {
  const path = word.replace(/\/+$/, '').replace(/^\.\//, '');
  const isId = /^[0-9a-f]{4,8}(?:[0-9a-f-]{0,28})$/.test(path);
  const { answer, source, notice } = await reading(workspace, (reader) =>
    reader.select(isId ? activityById(path) : activityByFolder([path, `${workspace.config.evidence.folder}/${path}`])),
  );
  const [first, ...more] = answer;
  if (first && more.length === 0) return first;
  if (first) throw new OpsError('usage', `${JSON.stringify(word)} fits several records.`, { hint: 'Name more of its id.' });
  if (notice !== null) throw new OpsError('unreachable', `There is no record ${JSON.stringify(word)} here, and: ${notice}`);
  if (source === 'evidence') throw absent;
  throw new OpsError('usage', `There is no record ${JSON.stringify(word)}, neither here nor in the control plane.`, {
    hint: '`odoo-ops history` shows the records with their ids.',
  });
}

/**
 * An act by its id (or the beginning of it), its folder, or an environment: then its last deployment is meant.
 * @throws OpsError `usage` where the word fits none or several; `unreachable`
 */
export async function findAct(workspace: Workspace, word: string): Promise<FoundAct> {
  const last = isEnvironment(word) ? await lastOf(workspace, word) : null;
  const here = await evidenceHere(workspace, last?.id ?? word);
  if (!isOpsError(here)) return { act: last ?? activityOf(here.record, here.folder), entry: here };
  return { act: last ?? (await inControlPlane(workspace, word, here)), entry: null };
}
