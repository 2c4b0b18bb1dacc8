import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { DemoFailure } from './commands.ts';

/**
 * Makes the sample repository in a process of its own: it calls git synchronously, and this program must hear of Ctrl-C.
 * @throws DemoFailure
 */
export async function makeSample(folder: string): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new DemoFailure('The sample repository could not be made.');
}

// `newest` an hour ago, so that `status` does not speak of branches nobody touched for months.
if (process.argv[1] === fileURLToPath(import.meta.url)) makeSampleRepository(process.argv[2] ?? '', new Date(Date.now() - 3_600_000));
