import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** What is kept of a process's output: enough to explain a failure. */
const OUTPUT_LIMIT = 20_000;
const GRACE_MS = 2_000;

export interface ProcessGroup {
  /** The last part of stdout and stderr, together. */
  output: () => string;
  /** Exit code, or the signal that ended it. Never rejects. */
  exited: Promise<number | string>;
  /** Ends the process and all it started; afterwards `output` is complete. Can be called again. */
  stop: () => Promise<void>;
}

/**
 * Starts a process as the leader of its own group, so that it can be ended with everything it started.
 * Its stdin is a pipe that ends when this process does, however that comes about: see `server/end-with-parent.cjs`.
 */
export function startProcessGroup(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ProcessGroup {
  const child = spawn(command, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: string) => (output = (output + chunk).slice(-OUTPUT_LIMIT));
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);

  const exited = new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      keep(error.message);
      resolve(error.message);
    });
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const drained = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const kill = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Nobody is left in the group.
    }
  };
  const killNow = () => kill('SIGKILL');

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    kill('SIGTERM');
    const grace = setTimeout(killNow, GRACE_MS);
    await exited;
    clearTimeout(grace);
    // The leader may leave children behind.
    killNow();
    // Whoever has left the group could hold the pipes open for ever.
    if (child.pid !== undefined) await Promise.race([drained, delay(GRACE_MS, undefined, { ref: false })]);
  };
  return { output: () => output, exited, stop: () => (stopped ??= stop()) };
}
