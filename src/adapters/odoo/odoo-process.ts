import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createRedactor } from '../../core/evidence/redact.ts';
import { parseLogLine } from '../../core/devserver/log-line.ts';
import type { LogLine } from '../../core/devserver/log-line.ts';
import { guardGroup, groupLives, signalGroup } from './process-group.ts';
import type { RunAs } from './run-as.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface OdooProcess {
  /** Also its process group. Odoo keeps it when it reloads itself. `undefined` where the program did not even start. */
  readonly pid: number | undefined;
  /** Settles after the last line of the log; never rejects. */
  readonly exited: Promise<Exit>;
  /** Writes to the program's standard input. `false` where nobody reads it: it has ended, or was started without `onEventLine`. */
  write(text: string): boolean;
  /** SIGTERM to the group, SIGKILL after `graceMs`. Resolves when no process of the group is left. May be called again. */
  stop(graceMs?: number): Promise<void>;
}

export interface Spawn {
  python: string;
  arguments: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  runAs: RunAs | undefined;
  onLine: (line: LogLine) => void;
  /** Gets each line that the program writes to its descriptor 3, which is open only then, as is its standard input. */
  onEventLine?: ((text: string) => void) | undefined;
}

/** How long Odoo gets to end its requests. It takes 1 s itself (`ThreadedServer.stop`), more where an addon holds a thread. */
const GRACE_MS = 10_000;

/**
 * Runs in the interpreter before it becomes Odoo: asks Linux to kill it when we die, which also holds where we get SIGKILL and can
 * do nothing (`PR_SET_PDEATHSIG` is 1; it survives exec). `-I`, so that no file of the work tree is imported here.
 */
export const DIE_WITH_PARENT = `import os, sys
if sys.platform == 'linux':
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])`;

function watchLines(stream: Readable, redact: (text: string) => string, onLine: (line: LogLine) => void): void {
  let previous: LogLine | undefined;
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', (text) => {
    const line = parseLogLine(redact(text), previous);
    // Words before the first record are no record that others could continue.
    if (line.time !== undefined) previous = line;
    onLine(line);
  });
}

async function untilGone(group: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (groupLives(group)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

/** Waits for the end, then ends what the leader left behind: prefork workers, wkhtmltopdf. It would also hold our pipes open. */
function watchExit(child: ChildProcess, onLine: (line: LogLine) => void): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      onLine(parseLogLine(`Cannot run ${child.spawnfile}: ${error.message}`));
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
    child.once('exit', () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** Starts Python in a process group of its own and reads its log. Whether Odoo comes up is for the caller to find out. */
export function spawnOdoo(what: Spawn): OdooProcess {
  // Another user has folders of its own: Odoo's data folder follows XDG_DATA_HOME, and may not write into ours.
  const user = what.runAs && { HOME: what.runAs.home, USER: what.runAs.user, LOGNAME: what.runAs.user, XDG_DATA_HOME: undefined };
  const child = spawn(what.python, ['-I', '-c', DIE_WITH_PARENT, ...what.arguments], {
    cwd: what.cwd,
    // PYTHONUNBUFFERED: a print() in an addon shows at once.
    env: { ...what.env, ...user, PYTHONUNBUFFERED: '1', ODOO_PY_COLORS: undefined },
    stdio: what.onEventLine === undefined ? ['ignore', 'pipe', 'pipe'] : ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...(what.runAs && { uid: what.runAs.uid, gid: what.runAs.gid }),
  });
  const redact = createRedactor(what.env);
  const [input, output, errors, events] = child.stdio;
  for (const stream of [output, errors]) if (stream) watchLines(stream, redact, what.onLine);
  // Type of a descriptor beyond 2: Node.js makes a stream of both directions.
  if (what.onEventLine && events) createInterface({ input: events as Readable, crlfDelay: Infinity }).on('line', what.onEventLine);
  input?.on('error', () => undefined); // it ended while we wrote: `exited` says so

  const group = child.pid;
  const exited = watchExit(child, what.onLine);
  if (group !== undefined) {
    const release = guardGroup(group);
    void exited.then(release);
  }

  return {
    pid: group,
    exited,
    write: (text) => {
      if (!input?.writable || child.exitCode !== null || child.signalCode !== null) return false;
      input.write(text);
      return true;
    },
    async stop(graceMs = GRACE_MS) {
      if (group !== undefined && child.exitCode === null && child.signalCode === null) {
        signalGroup(group, 'SIGTERM');
        if (!(await untilGone(group, graceMs))) signalGroup(group, 'SIGKILL');
      }
      await exited;
      // A child may take a moment to vanish after its SIGKILL; one in an uninterruptible wait takes longer than we do.
      if (group !== undefined) await untilGone(group, 1_000);
    },
  };
}
