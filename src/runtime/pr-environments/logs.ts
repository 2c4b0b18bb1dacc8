import { setTimeout as sleep } from 'node:timers/promises';
import { newestRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { logLines } from '../../core/control-plane/log-text.ts';
import { stillRuns } from '../evidence/seal.ts';
import { findAct } from '../find-act.ts';
import { followActLogs } from '../follow-logs.ts';
import { logParts } from '../logs.ts';
import type { Workspace } from '../workspace.ts';
import { findEnvironments, requireEnvironment } from './find.ts';
import { LOOKED_THROUGH } from './last-words.ts';
import { openPlatform, type PlatformOptions } from './platform.ts';

/** Milliseconds until a build that was just begun is looked for again. */
const LOOK_MS = 500;
/** What Odoo Ops itself says of an act; its lines keep their time. */
const OWN = 'act.log';
/** When a line of another log came: most say it themselves. */
const WHEN = /^\d{4}-\d\d-\d\dT\S+ /;

export interface LogOptions extends PlatformOptions {
  /** How many of the last lines, of each log where there are several. */
  tail: number;
  /** Goes on with what is new, until the signal: a build into the Odoo that it started. */
  follow: boolean;
  onLine: (line: string) => void;
  /** A word of ours between them: whose lines come next. */
  onNote: (text: string) => void;
  /** True while the caller knows of a build that has no record yet. */
  isBuildComing?: () => boolean;
}

/** The newest record of a pull request's environment in this clone. */
async function lastRecord({ evidenceRoot }: Workspace, number: number): Promise<StoredRecord | null> {
  let looked = 0;
  for await (const stored of newestRecords(evidenceRoot)) {
    if (++looked > LOOKED_THROUGH) break;
    const { plan } = stored.record;
    if (plan.act === 'pr-environment' && plan.number === number) return stored;
  }
  return null;
}

const placeOf = ({ config }: Workspace, { folder }: StoredRecord): string => `${config.evidence.folder}/${folder}`;

const isBuild = (workspace: Workspace, stored: StoredRecord): boolean =>
  stored.record.plan.act === 'pr-environment' && stored.record.plan.action === 'up' && stillRuns(stored, workspace);

/** The build that runs in this clone; null where none does. */
async function runningBuild(
  workspace: Workspace,
  number: number,
  { isBuildComing }: LogOptions,
  signal: AbortSignal,
): Promise<StoredRecord | null> {
  for (;;) {
    const last = await lastRecord(workspace, number);
    if (last && isBuild(workspace, last)) return last;
    if (isBuildComing?.() !== true) return null;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** @returns whether there was a build to follow */
async function followBuilds(workspace: Workspace, number: number, options: LogOptions, signal: AbortSignal): Promise<boolean> {
  const onLine = (log: string, line: string) => options.onLine(log === OWN ? line : line.replace(WHEN, ''));
  for (let followed = false; ; followed = true) {
    const build = await runningBuild(workspace, number, options, signal);
    if (!build) return followed;
    options.onNote(placeOf(workspace, build));
    await followActLogs(workspace, placeOf(workspace, build), onLine, signal);
    options.onNote('The build has ended.');
  }
}

/** The logs that a record has so far. */
async function tellRecord(workspace: Workspace, stored: StoredRecord, { tail, onLine, onNote }: LogOptions): Promise<void> {
  const { plan, result } = stored.record;
  const place = placeOf(workspace, stored);
  const what = plan.act === 'pr-environment' && plan.action === 'down' ? 'removal' : 'build';
  onNote(`${place}: ${what} ${stillRuns(stored, workspace) ? 'runs' : result}`);
  const parts = logParts(workspace, await findAct(workspace, place));
  for await (const lines of logLines(parts, { headings: true, tail })) for (const line of lines) onLine(line);
}

/** What there is to tell beside a build that is followed. */
async function tellLast(workspace: Workspace, number: number, options: LogOptions, followed: boolean, signal: AbortSignal): Promise<void> {
  const last = await lastRecord(workspace, number);
  if (last && isBuild(workspace, last)) return tellRecord(workspace, last, options);
  const platform = await openPlatform(workspace, options);
  const found = (await findEnvironments(platform, signal)).find(({ identity }) => identity.number === number);
  if (found) return platform.engine.logs(found.identity, options, signal);
  if (followed) return; // the build failed, as its log has just told
  if (last) return tellRecord(workspace, last, options);
  await requireEnvironment(platform, number, signal);
}

/**
 * The log of an environment: of the build that runs, else of its Odoo. Where nothing of it is there (any more), the logs of its last record.
 * @throws OpsError `usage` where there is neither
 */
export async function environmentLogs(workspace: Workspace, number: number, options: LogOptions, signal: AbortSignal): Promise<void> {
  try {
    const followed = options.follow && (await followBuilds(workspace, number, options, signal));
    await tellLast(workspace, number, options, followed, signal);
  } catch (error) {
    // Who follows goes on until the signal: that is its end, and no failure.
    if (!options.follow || !signal.aborted) throw error;
  }
}
