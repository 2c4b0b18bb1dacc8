import './environment.ts';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commit, git, makeSampleRepository, write, type SampleRepository } from '../fixtures/sample-repository.ts';

let template: string | undefined;

/** The sample repository in a folder; made once a process, then copied. */
export function sampleIn(folder: string): SampleRepository {
  if (template === undefined) {
    template = mkdtempSync(join(tmpdir(), 'odoo-ops-sample-'));
    const made = template;
    makeSampleRepository(made);
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  cpSync(template, folder, { recursive: true });
  const [root, origin] = [join(folder, 'odoo-team'), join(folder, 'origin.git')];
  git(root, ['remote', 'set-url', 'origin', origin]);
  return { root, origin };
}

/** Another person's clone of the same origin. */
export function cloneOf(origin: string, root: string, name = 'Ben Cruz', options: readonly string[] = []): string {
  git(join(root, '..'), ['clone', '--quiet', ...options, origin, root]);
  git(root, ['config', 'user.name', name]);
  git(root, ['config', 'user.email', `${name.toLowerCase().replaceAll(' ', '.')}@example.com`]);
  return root;
}

/** A commit on a new branch of the remote, as somebody pushes it; the person's own clone stays on `main`. */
export function pushBranch(
  root: string,
  branch: string,
  from: string,
  files: Readonly<Record<string, string>>,
  message = `Work on ${branch}`,
): string {
  git(root, ['switch', '--quiet', '--force-create', branch, from]);
  write(root, files);
  const sha = commit(root, message);
  git(root, ['push', '--quiet', 'origin', branch]);
  git(root, ['switch', '--quiet', 'main']);
  return sha;
}

/** Merges a branch of the remote into `main` as a promotion would, only faster. */
export function mergeIntoMain(root: string, branch: string): string {
  git(root, ['switch', '--quiet', 'main']);
  git(root, ['merge', '--quiet', '--no-ff', '--no-edit', `origin/${branch}`]);
  git(root, ['push', '--quiet', 'origin', 'main']);
  return git(root, ['rev-parse', 'HEAD']);
}

/** What a branch of the origin holds. */
export const tipOf = (origin: string, branch: string): string => git(origin, ['rev-parse', `refs/heads/${branch}`]);

/** Every ref of a repository with its value: to see that nothing changed. */
export const refsOf = (repository: string): string => git(repository, ['for-each-ref', '--format=%(refname) %(objectname)']);

export { commit, git, write };
