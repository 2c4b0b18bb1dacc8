import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { OpsError } from '../../../core/errors.ts';
import type { OdooJob } from '../../../core/pr-environments/engine.ts';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import { DIE_WITH_PARENT } from '../odoo-process.ts';
import { guardGroup, signalGroup } from '../process-group.ts';
import { redactorFor, writeSecret } from './configuration.ts';
import { throwIfEnded } from './failures.ts';
import { environmentPaths } from './layout.ts';
import type { ProcessEngineOptions } from './options.ts';
import { odooVariables } from './variables.ts';

/** A subcommand (`neutralize`) comes first, then what every command of Odoo takes. */
export function commandLine(words: readonly string[], configuration: string, database: string): string[] {
  const isCommand = words[0] !== undefined && !words[0].startsWith('-');
  return [...words.slice(0, isCommand ? 1 : 0), '-c', configuration, '-d', database, ...words.slice(isCommand ? 1 : 0)];
}

/**
 * Runs Odoo once, in a process group of its own that ends with us and with the signal. What it answers on stdout is told as it is, its
 * log without secrets.
 * @returns its exit code; null where a signal ended it that is not ours
 */
export async function runJob(
  { folder, odoo, runAs, environment }: ProcessEngineOptions,
  { identity }: Attempt,
  job: OdooJob,
  signal: AbortSignal,
): Promise<number | null> {
  throwIfEnded(signal);
  const paths = environmentPaths(folder, identity);
  const configuration = join(paths.folder, `job-${randomUUID()}.conf`);
  await writeSecret(configuration, job.configuration, runAs);
  try {
    throwIfEnded(signal);
    const child = spawn(
      odoo.python,
      ['-I', '-c', DIE_WITH_PARENT, odoo.program, ...commandLine(job.arguments, configuration, identity.database)],
      {
        cwd: odoo.home,
        env: odooVariables(environment, paths),
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
      },
    );
    const redact = redactorFor(job.configuration);
    createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (line) => job.onLine(line, 'stdout'));
    createInterface({ input: child.stderr, crlfDelay: Infinity }).on('line', (line) => job.onLine(redact(line), 'stderr'));
    const { pid } = child;
    const end = (): void => {
      if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    };
    const release = pid === undefined ? () => undefined : guardGroup(pid);
    signal.addEventListener('abort', end, { once: true });
    // What it left running would hold its output open, and so us.
    child.once('exit', end);
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', (cause) => reject(new OpsError('failed', `${odoo.python} cannot be run: ${cause.message}`, { cause })));
        child.once('close', resolve);
      });
      throwIfEnded(signal);
      return code;
    } finally {
      signal.removeEventListener('abort', end);
      release();
    }
  } finally {
    await rm(configuration, { force: true });
  }
}
