import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { plainGitEnvironment } from '../fixtures/sample-repository.ts';
import { output, paint, say, showPassing, WIDTH, wrap } from './screen.ts';

export interface Program {
  /** The bundle of the command line. */
  cli: string;
  /** The repository that it runs in. */
  root: string;
  signal: AbortSignal;
  /** Variables of its own. */
  environment?: Record<string, string>;
}

export interface Command {
  args: readonly string[];
  /** The exit code that is right here, and what it means: `refused` where the point is the refusal. */
  expected?: { code: number; meaning: string };
  /** Lines from the one that fits `from` to before the one that fits `to` are counted, not shown. */
  fold?: { from: RegExp; to: RegExp; what: string };
  /** For a command that does not end by itself: called with each result line; ends the command with what `stop` sends. */
  onResult?: (line: string, stop: () => void) => void;
}

export interface Outcome {
  command: string;
  /** `0`, or `3 refused`. */
  exit: string;
  seconds: number;
  /** Folder of the evidence that it left, from the root of the repository. */
  evidence: string | null;
}

export class DemoFailure extends Error {}

/** Nothing of this machine: no real control plane, no token, no git configuration. */
function environment(): Record<string, string | undefined> {
  return { ...plainGitEnvironment(), DATABASE_URL: undefined, GITHUB_TOKEN: undefined };
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`);
export const commandLine = (args: readonly string[]): string => ['odoo-ops', ...args].map(quoted).join(' ');

/** Shows lines behind a bar, and counts those of a folded part. */
function printer(fold: Command['fold']): { line: (text: string) => void; end: () => void } {
  let folded = 0;
  let folding = false;
  let previous = '';
  const end = () => {
    if (folded > 0) say(paint('gray', `   │ … ${folded} lines ${fold?.what ?? ''}`));
    folded = 0;
  };
  return {
    end,
    line: (text) => {
      if (fold && !folding && fold.from.test(text)) folding = true;
      if (fold && folding && fold.to.test(text)) folding = false;
      if (folding) {
        folded++;
        showPassing(`   │ ${text}`);
        return;
      }
      end();
      if (text !== '' || previous !== '') output(text);
      previous = text;
    },
  };
}

function lines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  return new Promise((resolve) => createInterface({ input: stream }).on('line', onLine).once('close', resolve));
}

/**
 * Runs one command of the real CLI and shows it as a person would see it: what it logs as it comes, then its result.
 * @throws DemoFailure with another exit code than the expected one; AbortSignal's reason after Ctrl-C
 */
export async function run(
  { cli, root, signal, environment: more = {} }: Program,
  { args, expected = { code: 0, meaning: '' }, fold, onResult }: Command,
): Promise<Outcome> {
  signal.throwIfAborted();
  const command = commandLine(args);
  wrap(command, WIDTH - 8).forEach((part, index, parts) =>
    say(`   ${paint('cyan', `${index === 0 ? '$ ' : '  '}${part}${index < parts.length - 1 ? ' \\' : ''}`)}`),
  );
  const begin = performance.now();
  // A process group of its own: Ctrl-C comes to us, and we hand it on.
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: root,
    env: { ...environment(), ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = () => child.kill('SIGINT');
  signal.addEventListener('abort', stop);
  const all: string[] = [];
  const result: string[] = [];
  const { line, end } = printer(fold);
  const closed = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const logs = lines(child.stderr, (text) => {
    all.push(text);
    line(text);
  });
  const results = lines(child.stdout, (text) => {
    all.push(text);
    if (onResult) line(text);
    else result.push(text);
    onResult?.(text, stop);
  });
  const [code] = await Promise.all([closed, logs, results]);
  signal.removeEventListener('abort', stop);
  for (const text of result) line(text);
  end();
  signal.throwIfAborted();
  const seconds = (performance.now() - begin) / 1000;
  const right = code === expected.code;
  const meaning = !right ? ` (expected ${expected.code})` : expected.meaning === '' ? '' : ` (${expected.meaning}, as it should be)`;
  say(paint(right ? 'gray' : 'red', `   └ exit code ${code ?? 'none'}${meaning}, ${seconds.toFixed(1)} s`));
  if (!right)
    throw new DemoFailure(
      `\`${command}\` ended with ${code ?? 'a signal'}, expected ${expected.code}. All that it printed:\n\n${all.join('\n')}`,
    );
  const evidence = all.map((text) => /^\s*evidence (\S+)$/.exec(text)?.[1]).find((folder) => folder !== undefined) ?? null;
  return { command, exit: `${expected.code} ${expected.meaning}`.trimEnd(), seconds, evidence };
}
