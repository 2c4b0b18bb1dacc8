import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, parseDocument, stringify, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Suppression } from '../../core/config/policy.ts';

/** Text that comes in at an offset, or stands for what was there. */
interface Change {
  from: number;
  to: number;
  text: string;
}

const WIDTH = 2;
const pairOf = (map: YAMLMap, key: string): Pair | undefined => map.items.find((item) => isScalar(item.key) && item.key.value === key);
const rangeOf = (node: unknown): readonly [start: number, end: number] => {
  const [start = 0, end = 0] = (node as Node | null | undefined)?.range ?? [];
  return [start, end];
};
const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);

/** Lines of a value, indented. Long texts stay on one line: `git log -L` on an entry then shows the entry. */
const block = (value: unknown, indent: number): string =>
  stringify(value, { lineWidth: 0, indentSeq: true })
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(indent) + line))
    .join('\n');

/** Where a line begins that comes right after what ends at `offset`, with a comment that stands behind it. */
function lineAfter(text: string, offset: number): number {
  const end = text.indexOf('\n', text[offset - 1] === '\n' ? offset - 1 : offset);
  return end === -1 ? text.length : end + 1;
}

/** Puts lines in below what ends at `offset`. */
function linesBelow(text: string, offset: number, lines: string): Change {
  const at = lineAfter(text, offset);
  const isUnended = at > 0 && text[at - 1] !== '\n';
  return { from: at, to: at, text: `${isUnended ? '\n' : ''}${lines}\n` };
}

/** The end of what is written in a block, without comments and empty lines that follow it. */
function contentEnd(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last ? (last.value === null ? rangeOf(last.key)[1] : contentEnd(last.value)) : rangeOf(node)[1];
  }
  if (isSeq(node) && node.flow !== true) return node.items.length > 0 ? contentEnd(node.items.at(-1)) : rangeOf(node)[1];
  return rangeOf(node)[1];
}

const isEmpty = (node: unknown): boolean =>
  node === null || (isScalar(node) && node.value === null) || ((isSeq(node) || isMap(node)) && node.items.length === 0);

/** Replaces an empty value behind its key (`suppressions: []`, `policy:`), and keeps a comment behind it. */
function fill(text: string, pair: Pair, lines: string): Change[] {
  const [, keyEnd] = rangeOf(pair.key);
  const colon = text.indexOf(':', keyEnd);
  const [start, end] = pair.value === null ? [colon + 1, colon + 1] : rangeOf(pair.value);
  const isWritten = end > start;
  const remove = isWritten ? [{ from: colon + 1, to: end, text: '' }] : [];
  return [...remove, linesBelow(text, isWritten ? end : colon + 1, lines)];
}

/** The changes to the text that leave everything else as it is written; undefined where its shape is an unusual one. */
function changesFor(text: string, document: Document, entry: Suppression): Change[] | undefined {
  const { contents } = document;
  if (isEmpty(contents)) return [linesBelow(text, text.length, block({ policy: { suppressions: [entry] } }, 0))];
  if (!isMap(contents) || contents.flow === true) return undefined;
  const policy = pairOf(contents, 'policy');
  if (!policy) return [linesBelow(text, text.length, block({ policy: { suppressions: [entry] } }, 0))];
  if (isEmpty(policy.value)) return fill(text, policy, block({ suppressions: [entry] }, WIDTH));
  if (!isMap(policy.value) || policy.value.flow === true) return undefined;
  const indent = columnOf(text, rangeOf(policy.value.items[0]?.key)[0]);
  const suppressions = pairOf(policy.value, 'suppressions');
  if (!suppressions) return [linesBelow(text, contentEnd(policy.value), block({ suppressions: [entry] }, indent))];
  if (isEmpty(suppressions.value)) return fill(text, suppressions, block([entry], indent + WIDTH));
  if (!isSeq(suppressions.value) || suppressions.value.flow === true) return undefined;
  return [linesBelow(text, contentEnd(suppressions.value), block([entry], columnOf(text, rangeOf(suppressions.value)[0])))];
}

const applied = (text: string, changes: readonly Change[]): string =>
  [...changes].sort((a, b) => b.from - a.from).reduce((done, { from, to, text: put }) => done.slice(0, from) + put + done.slice(to), text);

const meaning = (text: string): unknown => {
  const document = parseDocument(text);
  return document.errors.length > 0 ? undefined : (document.toJS({ maxAliasCount: 100 }) as unknown);
};

/**
 * The text of odoo-ops.yml with one more entry in policy.suppressions; comments, order and the way everything is written stay.
 * @returns undefined for a text that does not parse
 */
export function withSuppression(text: string, entry: Suppression): string | undefined {
  const plain = text.replaceAll('\r\n', '\n');
  const document = parseDocument(plain);
  if (document.errors.length > 0) return undefined;
  const written = parseDocument(plain);
  if (isEmpty(written.contents)) written.contents = null;
  if (!isMap(written.get('policy'))) written.setIn(['policy'], written.createNode({}));
  if (!isSeq(written.getIn(['policy', 'suppressions']))) written.setIn(['policy', 'suppressions'], written.createNode([]));
  written.addIn(['policy', 'suppressions'], written.createNode(entry));
  const [wanted, changes] = [written.toString({ lineWidth: 0 }), changesFor(plain, document, entry)];
  const edited = changes && applied(plain, changes);
  // The library writes the whole text anew, which is right and touches more lines than the entry's own.
  const done = edited !== undefined && isDeepStrictEqual(meaning(edited), meaning(wanted)) ? edited : wanted;
  return text.includes('\r\n') ? done.replaceAll('\n', '\r\n') : done;
}
