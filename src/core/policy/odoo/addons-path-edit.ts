import type { Mount } from '../facts.ts';
import type { Edit } from '../finding.ts';
import type { AddonsPathStatement } from './addons-path-statements.ts';
import { canonical, isInside } from './same-folder.ts';
import { isVerbatim } from './settings.ts';

/** A folder of the repository as a container sees it through the mount that lies nearest. */
function throughMounts(folder: string, mounts: readonly Mount[]): string | undefined {
  const [nearest] = mounts
    .flatMap(({ source, target }) => (source !== null && isInside(source) ? [{ source, target }] : []))
    .filter(({ source }) => source === '' || folder === source || folder.startsWith(`${source}/`))
    .sort((a, b) => b.source.length - a.source.length);
  if (!nearest) return undefined;
  const rest = folder.slice(nearest.source.length).replace(/^\//, '');
  return [nearest.target.replace(/\/$/, ''), rest].filter((part, index) => index === 0 || part !== '').join('/');
}

/** What stands before the folder in each path that ends with it: `/workspaces/odoo/`, `./`, `${PWD}/`; undefined where there are several. */
function commonPrefix(written: ReadonlyMap<string | null, string>): string | undefined {
  const prefixes = new Set(
    [...written].flatMap(([folder, path]) =>
      folder !== null && folder !== '' && isInside(folder) && path.replace(/\/$/, '').endsWith(folder)
        ? [path.replace(/\/$/, '').slice(0, -folder.length)]
        : [],
    ),
  );
  return prefixes.size === 1 ? [...prefixes][0] : undefined;
}

/**
 * The same value with the folders in their order, each as this place writes its folders: relative, absolute, with a variable, or through
 * the mounts. Folders that the configuration does not know stay where they are, before the others or behind them.
 * @param expected as `canonical` says them
 * @returns undefined where a folder cannot be written in that way, or the file writes the value in parts
 */
export function addonsPathEdit(statement: AddonsPathStatement, expected: readonly string[]): Edit | undefined {
  const { paths, text, range, view, file, via } = statement;
  const written = new Map<string | null, string>();
  for (const path of paths) if (!written.has(canonical(path, view))) written.set(canonical(path, view), path);
  const isKnown = (path: string): boolean => expected.includes(canonical(path, view) ?? '');
  const first = paths.findIndex(isKnown);
  const prefix = commonPrefix(written);
  const folders = expected.map((folder) => {
    const ways = [
      written.get(folder),
      isInside(folder) ? undefined : folder,
      prefix === undefined ? undefined : `${prefix}${folder}`,
      throughMounts(folder, view.mounts),
    ];
    return ways.find((path) => path !== undefined && path !== '' && canonical(path, view) === folder);
  });
  if (folders.includes(undefined)) return undefined;
  const others = paths.map((path, index) => ({ path, index })).filter(({ path }) => !isKnown(path));
  const all = [
    ...others.filter(({ index }) => index < first).map(({ path }) => path),
    ...folders,
    ...others.filter(({ index }) => index > first).map(({ path }) => path),
  ];
  if (isVerbatim(text, range)) return { file, range, text: all.join(text.includes(', ') ? ', ' : ',') };
  // Where the first line is empty, the place begins below it.
  const lines = text.replace(/^\n+/, '').split('\n');
  // A comment between the lines would be lost.
  if (via !== 'conf' || lines.length < 2 || range.end.line - range.start.line + 1 !== lines.length) return undefined;
  const indent = ' '.repeat(range.end.column - 1 - (lines.at(-1) ?? '').length);
  return { file, range, text: all.join(`,\n${indent}`) };
}
