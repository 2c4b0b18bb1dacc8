import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Document, type Node } from 'yaml';
import type { Range } from '../../../core/policy/finding.ts';
import { lineIndex, type LineIndex } from '../lines.ts';

export type Path = readonly (string | number)[];

/** A document of a YAML file: its plain value, and where what stands. */
export interface YamlTree {
  value: unknown;
  /** The value at a path of keys; for what comes from elsewhere (`<<`), the nearest thing around it. */
  rangeOf: (path: Path) => Range;
  /** The last key of a path. */
  keyRange: (path: Path) => Range;
}

/** The documents of a file. @returns what is wrong with it instead, where it is no YAML */
export function yamlTrees(text: string): YamlTree[] | { message: string; range: Range } {
  const at = lineIndex(text);
  const documents = parseAllDocuments(text, { merge: true, logLevel: 'silent' });
  if ('empty' in documents) return [];
  const error = documents.flatMap(({ errors }) => errors)[0];
  if (error) return { message: error.message.split('\n')[0] ?? '', range: at.range(...error.pos) };
  try {
    return documents.map((document) => ({
      value: document.toJS({ maxAliasCount: 100 }) as unknown,
      rangeOf: (path) => rangeAt(document, path, at).value,
      keyRange: (path) => rangeAt(document, path, at).key,
    }));
  } catch (problem) {
    return { message: problem instanceof Error ? problem.message : String(problem), range: at.range(0, 0) };
  }
}

function rangeAt(document: Document, path: Path, at: LineIndex): { key: Range; value: Range } {
  const range = (node: Node): Range => at.range(node.range?.[0] ?? 0, node.range?.[1] ?? 0);
  let node: unknown = document.contents;
  let found = { key: at.range(0, 0), value: at.range(0, 0) };
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair || !isScalar(pair.key)) return found;
      const key = range(pair.key);
      node = pair.value;
      found = { key, value: isScalar(node) ? range(node) : key };
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      if (isScalar(node)) found = { key: range(node), value: range(node) };
    } else return found;
  }
  return found;
}
