import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { cliBundle } from './bundle.ts';
import { testEnvironment } from './environment.ts';

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: Readonly<Record<string, string | undefined>>;
  umask?: string;
  input?: string;
}

export interface RunningCli {
  child: ChildProcess;
  pid: number;
  ended: Promise<CliResult>;
}

/** Starts the command line in a process group of its own, as a terminal does. */
export function startCli(cwd: string, args: readonly string[], { env = {}, umask, input }: CliOptions = {}): RunningCli {
  const command = [process.execPath, cliBundle(), ...args];
  const [program = '', ...rest] = umask === undefined ? command : ['/bin/sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...command];
  const child = spawn(program, rest, { cwd, env: testEnvironment(env), detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input ?? '');
  const ended = Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve([code, signal]));
    }),
  ]).then(([stdout, stderr, [code, signal]]) => ({ code, signal, stdout, stderr }));
  return { child, pid: child.pid ?? 0, ended };
}

/** Runs the command line to its end. */
export function cli(cwd: string, args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(cwd, args, options).ended;
}

/** The result of a command with `--json`. */
export const json = ({ stdout }: CliResult): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;
