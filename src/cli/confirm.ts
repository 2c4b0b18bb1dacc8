import { createInterface } from 'node:readline/promises';
import { OpsError } from '../core/errors.ts';

/** Asks before an environment is changed: for production the person types its name. @throws OpsError as `confirm` */
export async function confirmChange(
  question: string,
  environment: 'staging' | 'production',
  options: { yes: boolean; signal: AbortSignal },
): Promise<void> {
  await confirm(question, environment === 'production' ? 'production' : 'yes', options);
}

/**
 * Asks on the terminal before anything is changed.
 * @throws OpsError `usage` without a terminal and without `--yes`; `cancelled` where the person says no
 */
export async function confirm(question: string, word: string, { yes, signal }: { yes: boolean; signal: AbortSignal }): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new OpsError('usage', 'Nothing was changed: there is no terminal to ask on.', { hint: 'Look at the plan, then add --yes.' });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} Type ${word} to go on: `, { signal });
    if (answer.trim() !== word) throw new OpsError('cancelled', 'Nothing was changed.');
  } finally {
    terminal.close();
  }
}
