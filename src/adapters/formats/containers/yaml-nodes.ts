import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type Document, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Unreadable } from '../../../core/policy/facts.ts';
import type { Range } from '../../../core/policy/finding.ts';
import { lineIndex, type LineIndex } from '../lines.ts';
import type { Placed } from './words.ts';

/** An entry of a map, its own or one that it merges. */
export interface Entry {
  name: string;
  key: Range;
  /** Offset at which its own key begins; null for what comes from elsewhere (`<<`). */
  offset: number | null;
  value: unknown;
}

/** A document of a file, with aliases and merge keys followed as they are asked for. */
export interface YamlDocument {
  root: unknown;
  entries: (node: unknown) => readonly Entry[];
  get: (node: unknown, name: string) => unknown;
  /** The items of a list; none for anything else. */
  items: (node: unknown) => unknown[];
  /** A scalar as it is written: `0600` and `yes` are texts. Null for none, and for `null`. */
  text: (node: unknown) => Placed | null;
  /** What an alias stands for. */
  follow: (node: unknown) => unknown;
  range: (node: unknown) => Range;
  position: LineIndex['position'];
}

/** As many nodes as a file may become when its aliases are followed; people's files stay far below. */
const MAX_NODES = 100_000;

/**
 * The documents of a file, each as far as it can be read.
 * @returns what is wrong stands in `unreadable`: then there are no documents
 */
export function yamlDocuments(text: string): { documents: YamlDocument[]; unreadable: Unreadable[] } {
  const at = lineIndex(text);
  try {
    const parsed = parseAllDocuments(text, { logLevel: 'silent', prettyErrors: false });
    const documents: Document[] = 'empty' in parsed ? [] : parsed;
    const [error] = documents.flatMap(({ errors }) => errors);
    if (error) return { documents: [], unreadable: [{ message: `This is no YAML: ${error.message}`, range: at.range(...error.pos) }] };
    return { documents: documents.map((document) => openDocument(document, text, at)), unreadable: [] };
  } catch (problem) {
    const message = problem instanceof Error ? problem.message : String(problem);
    return { documents: [], unreadable: [{ message: `This YAML is not read: ${message}`, range: at.range(0, 0) }] };
  }
}

/** What each alias stands for: the last anchor of its name before it. @throws Error for one without, and for aliases that multiply */
function aliasTargets(document: Document): Map<unknown, unknown> {
  const anchors = new Map<string, Node>();
  const targets = new Map<unknown, unknown>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        if (!anchors.has(node.source)) throw new Error(`the alias *${node.source} has no anchor.`);
        targets.set(node, anchors.get(node.source));
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  if (targets.size > 0) refuseMultiples(document.contents, targets);
  return targets;
}

function refuseMultiples(root: unknown, targets: ReadonlyMap<unknown, unknown>): void {
  const sizes = new Map<unknown, number>();
  const sizeOf = (node: unknown): number => {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    // One that stands in itself ends here.
    sizes.set(node, 1);
    let size = 1;
    if (targets.has(node)) size = sizeOf(targets.get(node));
    else if (isMap(node)) for (const { value } of node.items) size += 1 + sizeOf(value);
    else if (isSeq(node)) for (const item of node.items) size += sizeOf(item);
    if (size > MAX_NODES) throw new Error('its aliases multiply to more than a file can hold.');
    sizes.set(node, size);
    return size;
  };
  sizeOf(root);
}

function openDocument(document: Document, text: string, at: LineIndex): YamlDocument {
  // Most files hold no alias: they need no walk.
  const targets = text.includes('*') ? aliasTargets(document) : new Map<unknown, unknown>();
  const follow = (node: unknown): unknown => (targets.has(node) ? targets.get(node) : node);
  const range = (node: unknown): Range => {
    const [from, to] = (node as Node | undefined)?.range ?? [0, 0];
    return at.range(from, to);
  };
  const known = new Map<YAMLMap, readonly Entry[]>();
  const entries = (node: unknown): readonly Entry[] => {
    const map = follow(node);
    if (!isMap(map)) return [];
    const before = known.get(map);
    if (before) return before;
    // A map that merges itself has nothing more.
    known.set(map, []);
    const found = new Map<string, Entry>();
    const merged: unknown[] = [];
    for (const { key, value } of map.items) {
      if (!isScalar(key)) continue;
      const name = key.source ?? String(key.value);
      if (name === '<<') merged.push(value);
      else found.set(name, { name, key: range(key), offset: key.range?.[0] ?? null, value });
    }
    for (const source of merged.flatMap((one) => (isSeq(follow(one)) ? items(one) : [one])))
      for (const entry of entries(source)) if (!found.has(entry.name)) found.set(entry.name, { ...entry, offset: null });
    const all = [...found.values()];
    known.set(map, all);
    return all;
  };
  const items = (node: unknown): unknown[] => {
    const list = follow(node);
    return isSeq(list) ? list.items : [];
  };
  return {
    root: document.contents,
    entries,
    get: (node, name) => follow(entries(node).find((entry) => entry.name === name)?.value),
    items,
    text: (node) => {
      const scalar = follow(node);
      return isScalar(scalar) ? placed(scalar, text, at) : null;
    },
    follow,
    range,
    position: at.position,
  };
}

function placed(scalar: Scalar, text: string, at: LineIndex): Placed | null {
  const isPlain = scalar.type === 'PLAIN' || scalar.type === undefined;
  if (scalar.value === null && isPlain) return null;
  const [start, end] = scalar.range ?? [0, 0];
  const value = typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
  const quote = scalar.type?.startsWith('QUOTE') === true ? 1 : 0;
  const isVerbatim = end - start - 2 * quote === value.length && text.startsWith(value, start + quote);
  const whole = isVerbatim ? at.range(start + quote, end - quote) : at.range(start, end);
  // In a folded text each word still stands as it is: it is looked for behind the one before.
  let [searched, cursor] = [0, start];
  const search = (from: number, to: number): Range => {
    const piece = value.slice(from, to);
    if (from < searched) [searched, cursor] = [0, start];
    const found = text.indexOf(piece, cursor);
    if (piece === '' || found === -1 || found + piece.length > end) return whole;
    [searched, cursor] = [to, found + piece.length];
    return at.range(found, found + piece.length);
  };
  return {
    value,
    range: whole,
    part: (from, to) => (isVerbatim ? at.range(start + quote + from, start + quote + to) : search(from, to)),
  };
}
