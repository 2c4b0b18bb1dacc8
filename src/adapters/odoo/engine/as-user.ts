import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { OpsError } from '../../../core/errors.ts';
import type { RunAs } from '../run-as.ts';
import { throwIfEnded } from './failures.ts';

/**
 * Runs a small program of the system (`cp`, `rm`, `chmod`) and waits for it.
 * @param runAs who runs it. What Odoo's user may change is worked on as that user: as root, a link put there meanwhile would lead
 * us to files that are none of its.
 * @returns what it wrote to stdout
 * @throws OpsError `failed` with what it said, and why the signal fired
 */
export async function runAsUser(
  [program = '', ...args]: readonly string[],
  runAs: RunAs | undefined,
  signal: AbortSignal,
  input = '',
): Promise<string> {
  throwIfEnded(signal);
  const child = spawn(program, args, {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
  });
  child.stdin.on('error', () => undefined); // it ended without reading: its exit code says so
  child.stdin.end(input);
  const end = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = `${errors}${text}`.slice(-2000)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (cause) => reject(new OpsError('failed', `${program} cannot be run: ${cause.message}`, { cause })));
      child.once('close', resolve);
    });
    throwIfEnded(signal);
    if (code === 0) return output;
    throw new OpsError('failed', `${program} failed: ${errors.trim() || `exit code ${code ?? 'none'}`}`, {
      hint: 'Is there room on the disk, and may the user write there?',
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const nearest = (folder: string): string => (existsSync(folder) || folder === dirname(folder) ? folder : nearest(dirname(folder)));

/** Whether the user gets to a folder (or, where it is not made yet, to what it will be in): a home folder on the way may be closed. */
export const canReach = (folder: string, runAs: RunAs, signal: AbortSignal): Promise<boolean> =>
  runAsUser(['/bin/sh', '-c', 'cd "$0"', nearest(folder)], runAs, signal).then(
    () => true,
    () => false,
  );

/** @throws OpsError `usage` where Odoo's user cannot get to the folder */
export async function requireReach(folder: string, runAs: RunAs | undefined, signal: AbortSignal): Promise<void> {
  if (!runAs || (await canReach(folder, runAs, signal))) return;
  throwIfEnded(signal);
  throw new OpsError('usage', `${runAs.user}, who Odoo runs as, cannot get to ${folder}.`, {
    hint: 'Open the folders on the way to it for others (chmod o+x), or keep the repository elsewhere.',
    details: { folder, user: runAs.user },
  });
}
