import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { OpsError } from '../../core/errors.ts';

export interface CommandOptions {
  cwd: string;
  env: Record<string, string>;
  signal: AbortSignal;
  onLine: (line: string) => void;
}

/**
 * Runs a team's own command, in a process group of its own so that a cancel or a timeout ends all of it.
 * @param command one string for the shell, or program and arguments
 * @returns the exit code; -1 where a signal ended it
 * @throws OpsError `failed` where it cannot be started; what the signal says where that fires
 */
export async function runCommand(command: string | readonly string[], { cwd, env, signal, onLine }: CommandOptions): Promise<number> {
  signal.throwIfAborted();
  const [program = '', ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  const lifeline = holdLifeline(); // before the command: what begins must have an end
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.pid !== undefined) lifeline.stdin.write(`${child.pid}\n`);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
  }
  const end = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it ended by itself meanwhile
    }
  };
  signal.addEventListener('abort', end, { once: true });
  // Whatever it left running in its group would hold its output open, and so us.
  child.once('exit', end);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) =>
        reject(
          new OpsError('failed', `${program} cannot be started: ${error.message}`, {
            hint: 'Check the command in odoo-ops.yml.',
            cause: error,
          }),
        ),
      );
      child.once('close', (code) => (signal.aborted ? reject(signal.reason as Error) : resolve(code ?? -1)));
    });
  } finally {
    signal.removeEventListener('abort', end);
    lifeline.kill('SIGKILL');
  }
}

/**
 * A process of its own that ends the group whose number it is told when we are gone, however that happened: we alone hold the other end of
 * what it reads. A command that outlived us would go on changing things, and nobody would write down what.
 */
function holdLifeline(): ChildProcessByStdio<Writable, null, null> {
  const watcher = spawn('/bin/sh', ['-c', 'read -r group && { read -r _; kill -9 -"$group"; }'], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without it things are as they were.
  for (const part of [watcher, watcher.stdin]) part.on('error', () => undefined);
  return watcher;
}
