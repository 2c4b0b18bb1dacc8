import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OpsError } from '../../../core/errors.ts';
import { signalGroup } from '../process-group.ts';
import type { ProcessMark } from './state.ts';
import { STAMP_VARIABLE } from './variables.ts';

const LINUX = process.platform === 'linux';
const LOOK_EVERY_MS = 50;

/**
 * When a process started, in words that no other process of its number will have: on Linux the boot and the ticks since then (field 22
 * of proc(5); its name, which may hold anything, ends with the last parenthesis).
 * @returns null where it does not run
 */
export async function startOf(pid: number): Promise<string | null> {
  if (!LINUX) {
    const told = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null);
    const start = told?.stdout.trim() ?? '';
    return start === '' ? null : start;
  }
  const [boot, stat] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null),
  ]);
  if (stat === null) return null;
  const fields = stat.replace(/^.*\) /s, '').split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : `${boot.trim()} ${fields[19] ?? ''}`;
}

export const isRunning = async (mark: ProcessMark | null): Promise<boolean> => mark !== null && (await startOf(mark.pid)) === mark.started;

/** Processes that were started for an environment: they and all that they started bear its folder in their environment. Linux only. */
export async function stampedProcesses(folder: string): Promise<number[]> {
  if (!LINUX) return [];
  const wanted = `${STAMP_VARIABLE}=${folder}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''); // ended, or somebody else's
      return environment.split('\0').includes(wanted) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function untilGone(lives: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (await lives()) {
    if (Date.now() > deadline) return false;
    await delay(LOOK_EVERY_MS);
  }
  return true;
}

/**
 * Ends an environment's processes: the supervisor gets to end its Odoo, then what is left is killed. A signal does not cut this short:
 * half ended helps nobody, and it has an end.
 * @throws OpsError `failed` where one does not go
 */
export async function endProcesses(mark: ProcessMark | null, folder: string, graceMs: number): Promise<void> {
  if (mark !== null && (await isRunning(mark))) {
    signalOne(mark.pid, 'SIGTERM');
    const ended = await untilGone(() => isRunning(mark), graceMs);
    if (!ended || !LINUX) signalGroup(mark.pid, 'SIGKILL');
  }
  const gone = await untilGone(async () => {
    const left = await stampedProcesses(folder);
    for (const pid of left) signalOne(pid, 'SIGKILL');
    return left.length > 0 || (await isRunning(mark));
  }, 5_000);
  if (gone) return;
  throw new OpsError('failed', `Odoo of ${folder} does not end, not even killed.`, {
    hint: 'Something in it waits for a disk or the network; try again later.',
  });
}
