import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodeOf, toOpsError } from '../core/errors.ts';
import { createRedactor } from '../core/evidence/redact.ts';
import { plainText } from '../core/text.ts';
import type { Workspace } from '../runtime/workspace.ts';
import { renderer } from './render.ts';

/** Options that every command has. */
export interface GlobalOptions {
  repository: string;
  json: boolean;
  verbose: boolean;
}

export interface Host {
  options: GlobalOptions;
  signal: AbortSignal;
  /** Opens the repository that `--repository` names. */
  workspace: () => Promise<Workspace>;
  report: Workspace['context']['report'];
  /** Prints the result: JSON with `--json`, else the text. */
  print: (value: unknown, text: string) => void;
}

const plainLines = (text: string): string => text.split('\n').map(plainText).join('\n');

/** Aborts at the first Ctrl-C, so that an act can end well; the second one ends the program at once. */
function interruption(): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stderr.write('\nStopping. Once more to stop at once.\n');
      controller.abort();
    });
  }
  return controller;
}

/**
 * The frame of every command: results to stdout, events to stderr, an error as one message with its hint, and the exit code.
 * @param run returns the exit code, or nothing for 0
 */
export async function runCommand(command: Command, run: (host: Host) => Promise<number | undefined>): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const { signal } = interruption();
  const redact = createRedactor(process.env);
  const render = renderer(options, process.stderr);
  const host: Host = {
    options,
    signal,
    report: render.event,
    workspace: async () => {
      const { openWorkspace } = await import('../runtime/workspace.ts');
      return openWorkspace(resolve(options.repository), { signal, report: render.event });
    },
    print: (value, text) => {
      render.clear();
      process.stdout.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : text.endsWith('\n') || text === '' ? text : `${text}\n`);
    },
  };
  try {
    process.exitCode = (await run(host)) ?? 0;
  } catch (error) {
    const known = toOpsError(error);
    render.clear();
    const { code, hint, details } = known;
    const { message } = known;
    // Details hold what git said, and git says the URL.
    if (options.json)
      process.stdout.write(redact(`${JSON.stringify({ error: { code, message, hint: hint ?? null, details } }, null, 2)}\n`));
    process.stderr.write(`error: ${plainLines(redact(message))}\n${hint === undefined ? '' : `  ${plainLines(redact(hint))}\n`}`);
    if (typeof details['evidence'] === 'string') process.stderr.write(`  Evidence: ${details['evidence']}\n`);
    if (options.verbose && known.stack !== undefined) process.stderr.write(`${redact(known.stack)}\n`);
    process.exitCode = exitCodeOf(known);
  }
}
