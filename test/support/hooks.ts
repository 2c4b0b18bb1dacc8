import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { until } from './until.ts';

/** A place where a program waits until the test lets it go on. */
export interface Barrier {
  /** Shell commands that wait there. */
  script: string;
  reached: () => Promise<unknown>;
  open: () => void;
}

export function barrier(folder: string): Barrier {
  const [at, go] = [join(folder, 'at'), join(folder, 'go')];
  return {
    // It gives up by itself, so that a test that fails leaves no process behind.
    script: `: > '${at}'; i=0; while [ ! -e '${go}' ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done`,
    reached: () => until('the barrier', () => existsSync(at)),
    open: () => {
      writeFileSync(go, '');
      rmSync(at, { force: true });
    },
  };
}

/** A hook of a repository: of the bare origin, or `.git/hooks` of a clone. */
export function installHook(repository: string, name: string, script: string): void {
  const folder = existsSync(join(repository, '.git')) ? join(repository, '.git', 'hooks') : join(repository, 'hooks');
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Shell: runs commands only where the hook's update is of this ref. Reads the lines that pre-receive and pre-push get. */
export const forRef = (ref: string, commands: string): string =>
  `while read a b c d; do case "$a $b $c $d" in *${ref}*) ${commands};; esac; done`;
