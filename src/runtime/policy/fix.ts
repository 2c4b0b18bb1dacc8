import { createTwoFilesPatch } from 'diff';
import { readEditable, replaceText, type EditableFile } from '../../adapters/files/edit-file.ts';
import { toOpsError } from '../../core/errors.ts';
import { fixFindings, textIn } from '../../core/policy/report/edits.ts';
import type { Finding } from '../../core/policy/finding.ts';
import type { CheckResult } from '../../core/policy/outcome.ts';
import type { Workspace } from '../workspace.ts';
import { openPolicy, type CheckOptions, type PolicySession } from './session.ts';

export interface FixResult {
  /** What stands afterwards; with `dryRun` what stands now. */
  result: CheckResult;
  /** Unified diffs, one a file; secrets are not in them. */
  patches: { file: string; patch: string }[];
  /** Findings that are mended, or would be. */
  fixed: Finding[];
  /** Findings whose edits collide with those of others: another run mends them. */
  left: Finding[];
  /** Files that were not changed, and why. */
  refused: { file: string; why: string }[];
}

const filesOf = (findings: readonly Finding[]): Set<string> => new Set(findings.flatMap(({ edits = [] }) => edits.map(({ file }) => file)));

/** Does something for each file; one that refuses is noted and stops no other. */
async function forEachFile(files: Iterable<string>, refused: FixResult['refused'], act: (file: string) => Promise<void>): Promise<void> {
  for (const file of files) {
    try {
      await act(file);
    } catch (error) {
      const known = toOpsError(error);
      if (known.code === 'cancelled') throw error;
      refused.push({ file, why: known.message });
    }
  }
}

const SHORTEST_SECRET = 4;

/** What no-secrets finds in these texts, line by line: a diff goes to terminals and logs. */
async function secretsIn(session: PolicySession, overlay: ReadonlyMap<string, string>): Promise<string[]> {
  const { findings, suppressed } = await session.check({ rules: ['no-secrets'], overlay });
  const found = [...findings, ...suppressed.map(({ finding }) => finding)].filter(({ rule }) => rule === 'no-secrets');
  return found
    .flatMap(({ file, range }) => {
      const text = file === null ? undefined : overlay.get(file);
      return text === undefined || !range ? [] : textIn(text, range).split(/\r?\n/);
    })
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
}

function patchOf(file: string, before: string, after: string, secrets: readonly string[]): string {
  const patch = createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after);
  return secrets.reduce((text, secret) => text.replaceAll(secret, '…'), patch);
}

/**
 * Makes the edits that findings carry, as far as they do not collide, and checks again.
 * A file is changed whole or not at all, keeps its mode and encoding, and only where it still holds what was checked.
 */
export async function fixRepository(workspace: Workspace, { dryRun, ...options }: CheckOptions & { dryRun: boolean }): Promise<FixResult> {
  const { root, git } = workspace;
  const session = await openPolicy(workspace);
  const first = await session.check({ ...options, thorough: true });
  const refused: FixResult['refused'] = [];
  const originals = new Map<string, EditableFile>();
  await forEachFile(filesOf(first.findings), refused, async (file) => {
    originals.set(file, await readEditable(root, file));
  });
  const texts = new Map([...originals].map(([file, { text }]) => [file, text]));
  if (texts.size === 0) return { result: first, patches: [], fixed: [], left: [], refused };
  // Edits for exactly the texts that are in our hands: a file may have changed since it was checked.
  const { findings } = await session.check({ ...options, overlay: texts });
  const fixes = fixFindings(findings, texts);
  const secrets = await secretsIn(session, texts);
  const patches = [...fixes.texts].map(([file, text]) => ({ file, patch: patchOf(file, texts.get(file) ?? '', text, secrets) }));
  const { fixed, left } = fixes;
  if (dryRun) return { result: first, patches, fixed, left, refused };
  await forEachFile(fixes.texts.keys(), refused, async (file) => {
    git.signal.throwIfAborted();
    const original = originals.get(file);
    if (original) await replaceText(root, original, fixes.texts.get(file) ?? original.text);
  });
  const unchanged = new Set(refused.map(({ file }) => file));
  return {
    result: await session.check({ ...options, thorough: true }),
    patches: patches.filter(({ file }) => !unchanged.has(file)),
    fixed: fixed.filter(({ edits = [] }) => !edits.some(({ file }) => unchanged.has(file))),
    left,
    refused,
  };
}
