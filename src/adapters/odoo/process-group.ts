import { readFileSync, readdirSync } from 'node:fs';

/** Process groups that must not outlive us. One set and one handler a process, however many servers it runs. */
const guarded = new Set<number>();

const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals every process of the group. A group that is gone is no error; macOS says EPERM where only zombies are left of it. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/**
 * Linux counts zombies in a group, and the first process of many containers never reaps them. proc(5): `pid (comm) state ppid pgrp …`,
 * where `comm` may hold anything, so what counts comes after its last parenthesis.
 */
function onlyZombies(group: number): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .every((pid) => {
      try {
        const [state, , itsGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(itsGroup) !== group || state === 'Z' || state === 'X';
      } catch {
        return true; // ended meanwhile
      }
    });
}

/** Whether any process of the group still runs (signal 0 only asks). */
export function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' && process.platform === 'linux';
  }
  return process.platform !== 'linux' || !onlyZombies(group);
}

function killAll(): void {
  for (const group of guarded) signalGroup(group, 'SIGKILL');
}

function onEnding(signal: NodeJS.Signals): void {
  // A host with a handler of its own decides how to end, and the `exit` handler follows. Without one, Node's default
  // (to die at once) is what our listening took away: do the work, then give it back.
  if (process.listenerCount(signal) > 1) return;
  killAll();
  release();
  process.kill(process.pid, signal);
}

function release(): void {
  process.off('exit', killAll);
  for (const signal of ENDINGS) process.off(signal, onEnding);
}

/**
 * Kills the group when our process ends, by `process.exit` or by a signal. A group of its own gets no Ctrl-C from the terminal, so
 * somebody has to. SIGKILL, since nobody is left to wait; PostgreSQL rolls back what was under way.
 * @returns a function that gives the guard up.
 */
export function guardGroup(group: number): () => void {
  if (guarded.size === 0) {
    process.on('exit', killAll);
    for (const signal of ENDINGS) process.on(signal, onEnding);
  }
  guarded.add(group);
  return () => {
    if (guarded.delete(group) && guarded.size === 0) release();
  };
}
