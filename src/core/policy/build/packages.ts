import { matchesAny } from '../../config/patterns.ts';
import { buildFinding } from './finding.ts';
import type { Pin } from '../facts.ts';
import type { Finding } from '../finding.ts';
import { factsOf, type RepositoryFacts } from '../rule.ts';

const REQUIREMENTS = ['requirements.txt', 'pyproject.toml'];
const PROJECT_LOCKS = ['uv.lock', 'poetry.lock', 'pdm.lock', 'pylock.toml'];
const LOCK_FILES = ['requirements.txt.lock', ...PROJECT_LOCKS];
const SHOWN = 3;

const isLock = (path: string): boolean => path.endsWith('.lock');
const isVersionControl = ({ reference }: Pin): boolean => /(?:^|@\s*)(?:git|hg|svn|bzr)\+/.test(reference);

/** The configured dependency files, and those that they include: what addons and Odoo itself bring is not the team's to pin. */
export function dependencyFiles({ paths, config, ...facts }: RepositoryFacts): string[] {
  const known = new Set(paths.filter((path) => matchesAny(path, config.build.dependency_files)));
  const includes = factsOf(facts, 'needed_files').filter(({ by }) => by === 'include');
  for (const file of known)
    for (const include of includes) if (include.file === file && paths.includes(include.value)) known.add(include.value);
  return [...known];
}

const lockOf = (file: string, paths: readonly string[]): string | undefined =>
  (file.endsWith('pyproject.toml') ? PROJECT_LOCKS : [...LOCK_FILES]).find((name) => paths.includes(name)) ??
  [`${file}.lock`, file.replace(/\.(?:txt|in)$/, '.lock'), file.replace(/\.in$/, '.txt')].find(
    (lock) => lock !== file && paths.includes(lock),
  );

/** `requests, lxml>=5 and 3 more` */
export const some = (pins: readonly Pin[]): string => {
  const names = pins.slice(0, SHOWN).map(({ reference }) => reference);
  return `${names.join(', ')}${pins.length > SHOWN ? ` and ${pins.length - SHOWN} more` : ''}`;
};

/** Packages of Python: named, pinned, and locked with all that they need. */
export function packageFindings(facts: RepositoryFacts): Finding[] {
  const { paths } = facts;
  const first = REQUIREMENTS.find((name) => paths.includes(name));
  const files = dependencyFiles(facts);
  const pins = factsOf(facts, 'pins').filter(({ what, file }) => what === 'package' && files.includes(file));
  const found: Finding[] = [];
  if (first === undefined) {
    const fix = 'Commit one, even if it is empty, so that a build states its dependencies.';
    found.push(buildFinding('warning', null, null, 'There is no requirements.txt or pyproject.toml.', fix));
  }
  for (const file of files) {
    const own = pins.filter((pin) => pin.file === file);
    const loose = own.filter(({ pinned }) => !pinned);
    const moving = file === 'pyproject.toml' && lockOf(file, paths) !== undefined ? [] : loose.filter(isVersionControl);
    for (const { reference, range } of moving) {
      const fix = 'Name the commit: `git+https://host/project@<commit>`.';
      found.push(
        buildFinding(
          'error',
          file,
          range,
          `${reference} names a branch or a tag, or nothing: it is another package whenever that moves.`,
          fix,
        ),
      );
    }
    const unlocked = loose.filter((pin) => !isVersionControl(pin));
    if (isLock(file)) {
      if (unlocked.length > 0)
        found.push(
          buildFinding(
            'warning',
            file,
            unlocked[0]?.range ?? null,
            `This lock file does not pin ${some(unlocked)}.`,
            'Make it anew with the tool that made it.',
          ),
        );
    } else if (lockOf(file, paths) === undefined && own.length > 0 && (file === first || unlocked.length > 0)) {
      const what = unlocked.length > 0 ? `, and does not pin ${some(unlocked)}` : ': what its packages need themselves is not pinned';
      const fix = file.endsWith('.toml')
        ? 'Commit uv.lock, made by `uv lock`.'
        : `Commit ${file}.lock, for example by \`pip-compile -o ${file}.lock ${file}\`.`;
      found.push(buildFinding('warning', file, unlocked[0]?.range ?? null, `${file} has no lock file beside it${what}.`, fix));
    }
  }
  return found;
}
