import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { GitFailure, gitEnvironment, type Git } from './git.ts';

export interface GitProcess {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Resolves when git ended well. @throws GitFailure */
  done: Promise<void>;
}

/** A git command whose input or output is too large to hold: simple-git keeps all of it in memory and has no standard input. */
export function spawnGit(git: Git, args: string[], env: Record<string, string> = {}): GitProcess {
  const child = spawn('git', args, {
    cwd: git.root,
    env: gitEnvironment(env),
    signal: git.signal,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A reader that stops early closes the pipe; git's own exit code says whether that was an error.
  child.stdin.on('error', () => undefined);
  const done = once(child, 'close').then((values) => {
    const code: unknown = values[0];
    if (code !== 0) throw new GitFailure(args, typeof code === 'number' ? code : -1, '', Buffer.concat(stderr).toString());
  });
  done.catch(() => undefined);
  return { child, done };
}
