import { pathsOnDisk } from '../adapters/files/evidence-files.ts';
import { DAY_MS, days } from '../core/config/duration.ts';
import { shownTime } from '../core/control-plane/act-text.ts';
import { logsOf, type Activity } from '../core/control-plane/questions.ts';
import { OpsError } from '../core/errors.ts';
import { isSealed } from '../core/evidence/record.ts';
import { artifactFiles, fetchArtifact, openArtifacts } from './control-plane/artifacts.ts';
import { requireControlPlane } from './control-plane/open.ts';
import { readEntryFile, type EvidenceEntry } from './evidence/list.ts';
import type { FoundAct } from './find-act.ts';
import type { Workspace } from './workspace.ts';

/** Some lines of a log, one part after the other. */
export interface LogPart {
  /** `act.log` */
  name: string;
  text: string;
}

const LOGS = 'logs/';
/** Parts of a log that the control plane gives at once, each of some hundred kilobytes. */
const TOGETHER = 4;

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
  const files = await artifactFiles(workspace, id);
  const all = files.filter(({ path }) => path.startsWith(LOGS)).map(({ path }) => path.slice(LOGS.length));
  requireLog(all, name);
  const names = name === undefined ? all : [name];
  let after: { name: string; part: number } | undefined;
  for (;;) {
    const parts = await plane.select(logsOf(id, TOGETHER, after, name));
    for (const { name: log, content } of parts) yield { name: log, text: content };
    if (parts.length === 0 && !after) {
      if (!openArtifacts(workspace)) throw removedError(workspace, finished_at);
      for (const log of names) yield { name: log, text: (await fetchArtifact(workspace, id, `${LOGS}${log}`)).toString() };
      return;
    }
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
 * The logs of an act, part by part: from its evidence folder, or from the control plane, or, when they are too old for it, from Storage.
 * @param name of one log; all of them without it
 * @throws OpsError `usage` where there is no such log, `evidence` where its file is missing, `unreachable`
 */
export async function* logParts(workspace: Workspace, { act, entry }: FoundAct, name?: string): AsyncGenerator<LogPart> {
  yield* entry ? partsInFolder(workspace, entry, name) : partsInControlPlane(workspace, act, name);
}
