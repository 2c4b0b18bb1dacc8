import type { FileFacts, Reader } from '../../../core/policy/facts.ts';
import { mayNameAddonsPath } from './addons-paths.ts';
import { jsonFile } from './json-nodes.ts';
import { isForeign } from './paths.ts';
import { scriptPaths, stringsPaths } from './script-paths.ts';

function read(path: string, text: string): FileFacts {
  return { addons_paths: path.endsWith('.json') ? stringsPaths(jsonFile(text)) : scriptPaths(text) };
}

/** Scripts, make files and the editor's launch configurations: only the addons path. */
export const scriptsReader: Reader = {
  name: 'scripts',
  version: 2,
  reads: (path) =>
    /(?:^|\/)(?:[^/]+\.(?:sh|bash|mk)|[Mm]akefile|GNUmakefile|[Jj]ustfile|Procfile(?:\.\w+)?|\.vscode\/(?:launch|tasks|settings)\.json)$/.test(
      path,
    ) &&
    !isForeign(path) &&
    !/(?:^|\/)tests?[_-][^/]*$/.test(path),
  everywhere: true,
  mayTell: mayNameAddonsPath,
  read,
};
