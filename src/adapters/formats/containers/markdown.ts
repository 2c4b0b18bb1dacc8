import { fromMarkdown } from 'mdast-util-from-markdown';
import type { AddonsPathText, FileFacts, Reader } from '../../../core/policy/facts.ts';
import { addonsPathsOf, addonsPathText, mayNameAddonsPath } from './addons-paths.ts';
import { composeFacts } from './compose.ts';
import { placeBlock } from './embedded.ts';
import { jsonFile } from './json-nodes.ts';
import { odooConfReader } from '../odoo-conf.ts';
import { scriptPaths, stringsPaths } from './script-paths.ts';
import { wordsOf } from './words.ts';
import { lineIndex } from '../lines.ts';

interface MarkdownNode {
  type: string;
  lang?: string | null | undefined;
  value?: string;
  children?: MarkdownNode[];
  position?: { start: { line: number; offset?: number | undefined } } | undefined;
}

/** The addons paths of a block of code, by its language. */
function pathsOfBlock(language: string, block: string): AddonsPathText[] {
  if (/^ya?ml$/.test(language)) {
    const { containers = [] } = composeFacts('compose.yml', block, false);
    return containers.flatMap(({ words, environment, mounts }) => {
      const variables = environment.filter(({ name }) => name === 'ODOO_ADDONS_PATH');
      const paths = [
        ...addonsPathsOf(words),
        ...variables.flatMap(({ value, range }) => (value === null ? [] : addonsPathText(value, range))),
      ];
      return paths.map((path) => (mounts.length > 0 ? { ...path, mounts } : path));
    });
  }
  if (/^(?:ini|cfg|conf|toml|properties)$/.test(language) || /^\s*\[options\]/.test(block)) {
    const { confs = [] } = odooConfReader.read('odoo.conf', block) as FileFacts;
    return confs.flatMap(({ options }) =>
      options.filter(({ name }) => name === 'addons_path').flatMap(({ value, range }) => addonsPathText(value, range)),
    );
  }
  if (/^jsonc?5?$/.test(language)) return stringsPaths(jsonFile(block));
  return /^(?:|sh|bash|shell|console|zsh|terminal|text|txt|powershell|dockerfile|makefile|env|dotenv)$/.test(language)
    ? scriptPaths(block)
    : [];
}

function pathsOf(node: MarkdownNode, text: string, at: ReturnType<typeof lineIndex>): AddonsPathText[] {
  const { type, value = '', position } = node;
  if (type === 'code' && position && mayNameAddonsPath(value)) {
    const fence = /^[ \t]*(?:```|~~~)/.test(text.slice(position.start.offset ?? 0)) ? 1 : 0;
    const facts = placeBlock(text, position.start.line + fence, value, {
      addons_paths: pathsOfBlock(node.lang?.toLowerCase() ?? '', value),
    });
    return facts.addons_paths ?? [];
  }
  if (type === 'inlineCode' && position && mayNameAddonsPath(value)) {
    const from = text.indexOf(value, position.start.offset ?? 0);
    if (from === -1) return [];
    return addonsPathsOf(
      wordsOf({ value, range: at.range(from, from + value.length), part: (a, b) => at.range(from + a, from + b) }, true),
    );
  }
  return (node.children ?? []).flatMap((child) => pathsOf(child, text, at));
}

/** The documentation of the repository: code that tells people an addons path. */
export const markdownReader: Reader = {
  name: 'markdown',
  version: 3,
  reads: (path) => /^(?:docs\/.*|[^/]*)\.md$/i.test(path),
  everywhere: true,
  mayTell: mayNameAddonsPath,
  read: (_, text) => ({ addons_paths: pathsOf(fromMarkdown(text), text, lineIndex(text)) }),
};
