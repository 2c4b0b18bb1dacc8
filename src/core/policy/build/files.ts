import { folderOf, isBelow } from '../../config/paths.ts';
import { matchesPattern } from '../../config/patterns.ts';
import { buildFinding } from './finding.ts';
import { dependencyFiles } from './packages.ts';
import type { Finding } from '../finding.ts';
import { isTestFile } from '../addons/outside-addons.ts';
import { factsOf, type RepositoryFacts } from '../rule.ts';

const isMissing = (path: string, paths: readonly string[]): boolean =>
  !paths.some((one) => isBelow(one, path) || (path.includes('*') && (matchesPattern(one, path) || matchesPattern(one, `${path}/**`))));
/** True for a path that ends so: where a build names no folder of its own, any could be the one. */
const liesSomewhere = (path: string, paths: readonly string[]): boolean =>
  paths.some((one) => `/${one}/`.includes(`/${path}/`) || (path.includes('*') && matchesPattern(one, `**${path}`)));
const hasTemplate = (path: string, paths: readonly string[]): boolean =>
  ['template', 'example', 'sample', 'dist', 'tmpl', 'j2'].some(
    (end) => paths.includes(`${path}.${end}`) || paths.includes(`${path}-${end}`),
  ) ||
  paths.some(
    (one) =>
      folderOf(one) === folderOf(path) &&
      /^\.?env\.(?:template|example|sample|dist)$/.test(one.slice(folderOf(one).length)) &&
      /(?:^|\/)\.env/.test(path),
  );

/** Files that a build or a container needs and that nobody else has. */
export function missingFiles(facts: RepositoryFacts, isOutside: (path: string) => boolean): Finding[] {
  const { paths } = facts;
  const containers = factsOf(facts, 'containers').filter(({ file }) => isOutside(file) && !isTestFile(file));
  // What a Dockerfile copies is told as such.
  const running = containers.filter(({ kind }) => kind !== 'dockerfile');
  const needed = factsOf(facts, 'needed_files').filter(({ file }) => isOutside(file) && !isTestFile(file));
  const files = dependencyFiles(facts);
  const from = needed.flatMap(({ file, value, by, range }) => {
    const contexts = containers.flatMap(({ build }) =>
      build?.dockerfile === file ? [build.context === '' ? '' : `${build.context}/`] : [],
    );
    const isHere =
      by === 'include' || contexts.length > 0
        ? (by === 'include' ? [''] : contexts).some((place) => !isMissing(`${place}${value}`, paths))
        : liesSomewhere(value, paths);
    if (isHere || (by === 'include' && !files.includes(file))) return [];
    const fix = 'Commit it, or write how it is made where the build is described.';
    return [buildFinding('warning', file, range, `It needs ${value}, which is not in the repository.`, fix)];
  });
  const environments = running.flatMap(({ file, env_files: own }) =>
    own
      .filter(({ value }) => !value.startsWith('/') && !value.includes('$') && isMissing(value, paths) && !hasTemplate(value, paths))
      .map(({ value, range }) =>
        buildFinding(
          'warning',
          file,
          range,
          `It reads ${value}, which is not in the repository, and there is no ${value}.template.`,
          `Commit ${value}.template with each variable and a placeholder.`,
        ),
      ),
  );
  const confs = running.flatMap(({ file, range, mounts }) =>
    mounts
      .flatMap(({ source }) => (source !== null && /^[^/].*\.conf$/.test(source) && !source.includes('$') ? [source] : []))
      .filter((source) => isMissing(source, paths) && !hasTemplate(source, paths))
      .map((source) =>
        buildFinding(
          'warning',
          file,
          range,
          `It mounts ${source}, which is not in the repository, and there is no ${source}.template.`,
          `Commit ${source}, or ${source}.template with placeholders for its secrets.`,
        ),
      ),
  );
  return [...from, ...environments, ...confs];
}
