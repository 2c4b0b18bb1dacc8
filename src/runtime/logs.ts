import { pathsOnDisk } from '../adapters/files/evidence-files.ts';
import { DAY_MS, days } from '../core/config/duration.ts';
import { shownTime } from '../core/control-plane/act-text.ts';
import { activity, activityByFolder, activityById, filesOf, logsOf, type Activity } from '../core/control-plane/questions.ts';
import { activityOf } from '../core/control-plane/rows.ts';
import { isOpsError, OpsError } from '../core/errors.ts';
import { isSealed } from '../core/evidence/record.ts';
import { requireControlPlane } from './control-plane/open.ts';
import { reading } from './control-plane/reading.ts';
import { findEvidence, readEntryFile, type EvidenceEntry } from './evidence/list.ts';
import type { Workspace } from './workspace.ts';

/** An act, and its evidence where that lies in this clone. */
export interface FoundAct {
  act: Activity;
  entry: EvidenceEntry | null;
}

/** Some lines of a log, one part after the other. */
export interface LogPart {
  /** `act.log` */
  name: string;
  text: string;
}

const LOGS = 'logs/';
/** Parts of a log that the control plane gives at once, each of some hundred kilobytes. */
const TOGETHER = 4;

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

function requireLog(names: readonly string[], name: string | undefined): void {
  if (name === undefined ? names.length > 0 : names.includes(name)) return;
  const existing = names.length === 0 ? 'It has none.' : `It has: ${names.join(', ')}`;
  throw new OpsError('usage', name === undefined ? 'The record has no logs.' : `The record has no log ${JSON.stringify(name)}.`, {
    hint: existing,
  });
}

async function* partsInFolder(workspace: Workspace, entry: EvidenceEntry, name: string | undefined): AsyncGenerator<LogPart> {
  const { record, folder } = entry;
  // While it runs, its record does not name its files yet.
  const paths = isSealed(record)
    ? record.files.map(({ path }) => path)
    : await pathsOnDisk(workspace.evidenceRoot, folder.slice(workspace.config.evidence.folder.length + 1));
  const names = paths.filter((path) => path.startsWith(LOGS)).map((path) => path.slice(LOGS.length));
  requireLog(names, name);
  for (const log of name === undefined ? names : [name])
    yield { name: log, text: (await readEntryFile(workspace, entry, `${LOGS}${log}`)).toString() };
}

async function* partsInControlPlane(
  workspace: Workspace,
  { id, finished_at }: Activity,
  name: string | undefined,
): AsyncGenerator<LogPart> {
  const plane = await requireControlPlane(workspace);
  const files = await plane.select(filesOf(id));
  requireLog(
    files.filter(({ path }) => path.startsWith(LOGS)).map(({ path }) => path.slice(LOGS.length)),
    name,
  );
  let after: { name: string; part: number } | undefined;
  for (;;) {
    const parts = await plane.select(logsOf(id, TOGETHER, after, name));
    for (const { name: log, content } of parts) yield { name: log, text: content };
    if (parts.length === 0 && !after) throw removedError(workspace, finished_at);
    after = parts.at(-1);
    if (parts.length < TOGETHER) return;
  }
}

function removedError({ config }: Workspace, finishedAt: string): OpsError {
  const kept = config.control_plane.log_retention;
  const ended = `it ended on ${shownTime(finishedAt, config.evidence.time_zone)}`;
  const old = Date.now() - Date.parse(finishedAt) > days(kept) * DAY_MS;
  return new OpsError(
    'usage',
    old
      ? `Its logs were removed by age: the control plane keeps them for ${kept}, and ${ended}.`
      : `The control plane has no logs of it; ${ended}.`,
    { hint: 'Its evidence folder may be on the remote or in another clone: `odoo-ops evidence sync` brings it here.' },
  );
}

/**
 * The logs of an act, part by part: from its evidence folder, or from the control plane.
 * @param name of one log; all of them without it
 * @throws OpsError `usage` where there is no such log, `evidence` where its file is missing, `unreachable`
 */
export async function* logParts(workspace: Workspace, { act, entry }: FoundAct, name?: string): AsyncGenerator<LogPart> {
  yield* entry ? partsInFolder(workspace, entry, name) : partsInControlPlane(workspace, act, name);
}
