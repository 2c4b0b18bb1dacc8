import { randomUUID } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeError } from '../../adapters/files/atomic.ts';
import { createEvidenceFolder, refuseLinks, writeAttachment, writeRecord } from '../../adapters/files/evidence-store.ts';
import { secretVariables } from '../../core/config/schema.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import type { Context, OpsEvent } from '../../core/events.ts';
import { createRedactor, redactWords } from '../../core/evidence/redact.ts';
import type { EvidenceRecord, Outcome } from '../../core/evidence/record.ts';
import { bytesText } from '../../core/text.ts';
import { isoInZone } from '../../core/time.ts';
import { packageVersion } from '../version.ts';
import type { Workspace } from '../workspace.ts';
import { activeActs } from './active.ts';
import { actorName } from './actor.ts';

/** Characters of one log: code of a branch may print without end, and evidence is kept for years. */
export const LOG_ROOM = 50e6;

/** Writes lines of a log, redacted. */
export type Log = (line: string) => void;

/** An act under way: what it does is on disk before the next thing happens. */
export interface Session {
  record: EvidenceRecord;
  /** From the evidence root. */
  folder: string;
  /** Reports to the host and to `logs/act.log`. */
  context: Context;
  /**
   * Runs a named step; its begin and end are in the record.
   * @param problem why a value that was returned is a failure all the same; null where it is none
   */
  step: <T>(name: string, title: string, run: () => Promise<T>, problem?: (value: T) => string | null) => Promise<T>;
  /** A log file of its own below `logs/`. */
  log: (name: string) => Log;
  attach: (name: string, text: string) => Promise<void>;
  /** Says what the act will have come to if its process dies now. */
  expect: (outcome: Outcome) => Promise<void>;
  now: () => string;
  /** True while nobody can say what the act came to: its record stays open then, and a later act settles it. */
  unsettled: boolean;
  /** Waits until every log line is on disk. @throws OpsError `evidence` */
  closeLogs: () => Promise<void>;
}

/** Starts an act's evidence: from here on the folder says `interrupted` until something better is true. */
export async function openSession(workspace: Workspace, topic: string, plan: EvidenceRecord['plan']): Promise<Session> {
  const { config, evidenceRoot: root, context, environment } = workspace;
  const startedAt = new Date();
  const now = () => isoInZone(new Date(), config.evidence.time_zone);
  const redactor = () => createRedactor(environment, secretVariables(config));
  const redact = redactor();
  await refuseLinks(workspace.root, config.evidence.folder);
  const folder = await createEvidenceFolder(root, startedAt, config.evidence.time_zone, topic);
  const record: EvidenceRecord = {
    format: 'odoo-ops-record/1',
    id: randomUUID(),
    topic,
    result: 'interrupted',
    message: null,
    started_at: isoInZone(startedAt, config.evidence.time_zone),
    finished_at: null,
    actor: await actorName(workspace),
    process: { host: hostname(), pid: process.pid, version: packageVersion() },
    plan: redactWords(plan, redact),
    steps: [],
    outcome: null,
    files: [],
    previous: [],
    hash: null,
  };
  const logs = new Map<string, { stream: WriteStream; failed: Promise<unknown> }>();
  const log = (name: string): Log => {
    const path = join(root, folder, 'logs', name);
    const stream = logs.get(name)?.stream ?? createWriteStream(path, { flags: 'a' });
    if (!logs.has(name)) logs.set(name, { stream, failed: once(stream, 'error').then(([error]: unknown[]) => writeError(path, error)) });
    const clean = redactor(); // of its own: lines of several gates mix in time
    let room = LOG_ROOM;
    return (line) => {
      if (room <= 0) return;
      const text = `${now()} ${clean(line)}\n`;
      room -= text.length;
      stream.write(room > 0 ? text : `${text}${now()} What follows is left out: the log has ${bytesText(LOG_ROOM)}.\n`);
    };
  };
  const actLog = log('act.log');
  const report = (event: OpsEvent) => {
    const clean = event.type === 'text' ? { ...event, text: redact(event.text) } : redactWords(event, redact);
    actLog(
      clean.type === 'text'
        ? `${clean.level} ${clean.text}`
        : clean.type === 'progress'
          ? `progress ${clean.step} ${clean.done}/${clean.total}`
          : `${clean.type} ${clean.step}${clean.type === 'stop' ? ` ${clean.result}` : ''}`,
    );
    context.report(clean);
  };
  // One after another: steps may run side by side, and the last word on disk is the newest.
  let saved: Promise<void> = Promise.resolve();
  const save = () => (saved = saved.catch(() => undefined).then(() => writeRecord(root, folder, record)));
  await save();
  activeActs.add(record.id);
  return {
    record,
    folder,
    context: { signal: context.signal, report },
    log,
    now,
    unsettled: false,
    attach: (name, text) => writeAttachment(root, folder, name, redact(text)),
    expect: async (outcome) => {
      record.outcome = redactWords(outcome, redact);
      await save();
    },
    step: async (name, title, run, problem = () => null) => {
      context.signal.throwIfAborted();
      const begin = Date.now();
      const step: EvidenceRecord['steps'][number] = { name, title, result: 'running', started_at: now(), duration_ms: null, message: null };
      record.steps.push(step);
      report({ type: 'start', step: name, title });
      await save();
      const end = async (result: 'passed' | 'failed' | 'cancelled', message: string | null) => {
        Object.assign(step, { result, duration_ms: Date.now() - begin, message: message === null ? null : redact(message) });
        report({ type: 'stop', step: name, result, ms: Date.now() - begin, ...(message === null ? {} : { message }) });
        await save();
      };
      try {
        const value = await run();
        const message = problem(value);
        await end(message === null ? 'passed' : 'failed', message);
        return value;
      } catch (error) {
        const known = toOpsError(error);
        await end(known.code === 'cancelled' ? 'cancelled' : 'failed', known.message);
        throw error;
      }
    },
    closeLogs: async () => {
      for (const { stream, failed } of logs.values()) {
        const closed = new Promise((resolve) => stream.end(resolve));
        const error = await Promise.race([closed, failed]);
        if (error instanceof OpsError) throw error;
      }
    },
  };
}
