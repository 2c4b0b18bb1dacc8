import { isSubmodule } from '../build/inputs.ts';
import type { TreeEntry } from '../repository/commit.ts';
import type { Finding } from './finding.ts';

const LOCK_FILES = ['requirements.txt.lock', 'uv.lock', 'poetry.lock'];
const REQUIREMENTS = ['requirements.txt', 'pyproject.toml'];

/** §5.1 and §5.3: all that a build takes in is committed and pinned. */
export function checkReproducibleBuild(paths: readonly string[], inputs: readonly TreeEntry[]): Finding[] {
  const findings: Finding[] = [];
  const at = (file: string | null, severity: Finding['severity'], message: string, fix: string): Finding => ({
    rule: 'reproducible-build',
    severity,
    file,
    range: file === null ? null : { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
    message,
    fix,
    paragraph: '§5.1',
  });
  const requirements = REQUIREMENTS.find((name) => paths.includes(name));
  if (requirements === undefined) {
    findings.push(
      at(
        null,
        'warning',
        'There is no requirements.txt or pyproject.toml.',
        'Commit one, even if it is empty, so that a build states its dependencies.',
      ),
    );
  } else if (!LOCK_FILES.some((name) => paths.includes(name))) {
    findings.push(
      at(
        requirements,
        'warning',
        `${requirements} has no lock file beside it.`,
        'Commit requirements.txt.lock, for example by `pip-compile -o requirements.txt.lock requirements.txt`.',
      ),
    );
  }
  for (const { path } of inputs.filter(isSubmodule)) {
    findings.push(
      at(
        path,
        'warning',
        `${path} is a submodule: a build needs it initialised.`,
        'Run `git submodule update --init` where builds run, or vendor the addons.',
      ),
    );
  }
  return findings;
}
