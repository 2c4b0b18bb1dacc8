import { resolve } from 'node:path';
import { writeAtomically } from '../../adapters/files/atomic.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import type { CheckResult } from '../../core/policy/outcome.ts';
import { sarif } from '../../core/policy/report/sarif.ts';
import { packageVersion } from '../version.ts';
import { policyPages } from './pages.ts';

/**
 * The result as the text of a SARIF file.
 * @param suppressed tells suppressed findings too, marked as such
 * @returns leftOut: how many results GitHub would not show and are not in it
 */
export async function sarifReport(result: CheckResult, suppressed: boolean): Promise<{ text: string; leftOut: number }> {
  const { log, leftOut } = sarif(result, { version: packageVersion(), hash: sha256, pages: await policyPages(), suppressed });
  return { text: `${JSON.stringify(log, null, 2)}\n`, leftOut };
}

/** @param file absolute, or from the folder that the program runs in */
export const writeReport = (file: string, text: string): Promise<void> => writeAtomically(resolve(file), text);
