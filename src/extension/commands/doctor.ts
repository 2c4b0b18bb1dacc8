import * as vscode from 'vscode';
import { plainText } from '../../core/text.ts';
import type { Diagnosis } from '../../runtime/doctor.ts';
import type { Documents } from '../documents.ts';
import type { Host } from '../host.ts';

const MARKS: Record<Diagnosis['state'], string> = { ok: '✓', warning: '!', error: '✗' };
const TIMEOUT_MS = 60_000;

const text = (diagnoses: readonly Diagnosis[]): string =>
  [
    '# What this machine and this repository lack',
    '',
    ...diagnoses.map(
      ({ name, state, message, hint }) =>
        `- ${MARKS[state]} ${name}: ${plainText(message)}${hint === null ? '' : `\n      ${plainText(hint)}`}`,
    ),
    '',
  ].join('\n');

/** Says as a document what is missing, and how to mend it. It also looks at a repository that cannot be opened. */
export async function doctorCommand(host: Host, documents: Documents): Promise<void> {
  const folder = host.folder();
  if (!folder || !vscode.workspace.isTrusted) return;
  const diagnoses = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Looking at machine and repository' },
    async () => {
      const { doctor } = await import('../../runtime/doctor.ts');
      return doctor(folder.uri.fsPath, { signal: AbortSignal.timeout(TIMEOUT_MS), report: host.logEvent });
    },
  );
  await documents.show('Doctor', text(diagnoses));
}
