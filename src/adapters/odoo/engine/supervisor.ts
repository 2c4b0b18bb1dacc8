import { spawn } from 'node:child_process';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { OpsError } from '../../../core/errors.ts';
import type { RunAs } from '../run-as.ts';
import { writeFailure } from './failures.ts';
import { startOf } from './processes.ts';
import type { ProcessMark } from './state.ts';

/**
 * Watches one Odoo, in the Python that runs it, and outlives the command line that started it. It begins when it is told that its number
 * was written down: whoever dies before that leaves nothing behind. An Odoo that somebody killed (the kernel for its memory) starts
 * again after 1, 2, 4… s, five times at most; one that ends by itself soon after its start would only do so again. Its log is the file
 * that it got as its output: Odoo writes there directly, and the supervisor cuts it in half where it grows beyond its limit. Where it
 * gives up, it writes the exit code to descriptor 3. Where its configuration is gone, because somebody removed the whole clone, it ends.
 */
const SUPERVISOR = `
import ctypes, json, os, signal, subprocess, sys, threading, time
limit, database, configuration, command = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
if not sys.stdin.readline():
    sys.exit()
stopping, child = False, None
libc = ctypes.CDLL(None) if sys.platform == 'linux' else None

def die_with_parent():
    if libc:
        libc.prctl(1, 9)

def on_end(number, frame):
    global stopping
    stopping = True
    if child:
        child.send_signal(signal.SIGTERM)

def say(text):
    now = time.time()
    stamp = time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(now)) + ',%03d' % (now % 1 * 1000)
    os.write(1, f'{stamp} {os.getpid()} WARNING {database} odoo_ops.supervisor: {text} \\n'.encode())

def watch():
    while True:
        time.sleep(1)
        if not os.path.lexists(configuration):
            os.kill(os.getpid(), signal.SIGTERM)
        size = os.fstat(1).st_size
        if size > limit:
            rest = os.pread(1, limit // 2, size - limit // 2)
            os.ftruncate(1, 0)
            os.write(1, rest[rest.find(b'\\n') + 1:])

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, on_end)
threading.Thread(target=watch, daemon=True).start()
times = 0
while True:
    began = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
    if stopping:
        child.terminate()
    code = child.wait()
    lasted = time.monotonic() - began
    if stopping or code == 0 or (code > 0 and lasted < 10):
        break
    times = 1 if lasted > 300 else times + 1
    why = f'signal {-code}' if code < 0 else f'exit code {code}'
    if times > 5:
        say(f'Odoo ended with {why}, after five starts. It is left like this.')
        break
    pause = 2 ** (times - 1)
    say(f'Odoo ended with {why}. It starts again in {pause} s.')
    until = time.monotonic() + pause
    while not stopping and time.monotonic() < until:
        time.sleep(0.1)
    if stopping:
        break
os.pwrite(3, json.dumps({'exit_code': code if code >= 0 else None}).encode(), 0)
`;

export interface Supervised {
  python: string;
  /** What follows Python. */
  arguments: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  runAs: RunAs | undefined;
  database: string;
  /** Its file: while that is there, the environment is. */
  configuration: string;
  log: string;
  /** Goes on below what the log holds; else it begins anew. */
  append: boolean;
  /** Bytes. */
  logLimit: number;
  ended: string;
}

const openFor = (path: string, flags: string): Promise<FileHandle> =>
  open(path, flags, 0o600).catch((error: unknown) => {
    throw writeFailure(path, error);
  });

/**
 * Starts Odoo under a supervisor that goes on without us.
 * @param writeDown keeps the number of the supervisor before anything else happens
 * @throws OpsError `failed` where it cannot be started
 */
export async function startSupervised(what: Supervised, writeDown: (mark: ProcessMark) => Promise<void>): Promise<void> {
  if (!what.append) await rm(what.log, { force: true });
  // Ours, and only handed over: Odoo's user may not change what its name leads to, since we read it.
  const log = await openFor(what.log, 'a+');
  const ended = await openFor(what.ended, 'w+');
  try {
    const child = spawn(
      what.python,
      ['-I', '-c', SUPERVISOR, String(what.logLimit), what.database, what.configuration, what.python, ...what.arguments],
      {
        cwd: what.cwd,
        env: what.env,
        stdio: ['pipe', log.fd, log.fd, ended.fd],
        detached: true,
        ...(what.runAs && { uid: what.runAs.uid, gid: what.runAs.gid }),
      },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => reject(new OpsError('failed', `${what.python} cannot be run: ${cause.message}`, { cause })));
    });
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined); // it died at once: its mark says so
    const pid = child.pid ?? 0;
    try {
      const started = await startOf(pid);
      if (started === null) throw new OpsError('failed', `${what.python} ended as soon as it was started.`, { hint: `See ${what.log}.` });
      await writeDown({ pid, started });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    child.stdin?.end('go\n');
    child.unref();
  } finally {
    await Promise.all([log.close(), ended.close()]);
  }
}
