import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { Unreadable } from '../../../core/policy/facts.ts';
import type { Range } from '../../../core/policy/finding.ts';
import { lineIndex } from '../lines.ts';
import type { Placed } from './words.ts';

/** JSON with comments and trailing commas, positions kept. */
export interface JsonFile {
  root: Node | undefined;
  unreadable: Unreadable[];
  get: (node: Node | undefined, ...path: string[]) => Node | undefined;
  /** A string, number or truth as a text. */
  text: (node: Node | undefined) => Placed | null;
  items: (node: Node | undefined) => Node[];
  entries: (node: Node | undefined) => { name: string; key: Node; value: Node }[];
  range: (node: Node) => Range;
  position: (offset: number) => Range['start'];
}

export function jsonFile(text: string): JsonFile {
  const at = lineIndex(text);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const range = ({ offset, length }: Node): Range => at.range(offset, offset + length);
  return {
    root,
    unreadable: errors.slice(0, 1).map(({ error, offset, length }) => ({
      message: `This is no JSON: ${printParseErrorCode(error)}.`,
      range: at.range(offset, offset + length),
    })),
    get: (node, ...path) => node && findNodeAtLocation(node, path),
    text: (node) => {
      if (!node || !['string', 'number', 'boolean'].includes(node.type)) return null;
      const value = String(getNodeValue(node));
      const quote = node.type === 'string' ? 1 : 0;
      const isVerbatim = node.length === value.length + 2 * quote;
      const start = node.offset + quote;
      const whole = at.range(start, node.offset + node.length - quote);
      return { value, range: whole, part: (from, to) => (isVerbatim ? at.range(start + from, start + to) : whole) };
    },
    items: (node) => (node?.type === 'array' ? (node.children ?? []) : []),
    entries: (node) =>
      (node?.type === 'object' ? (node.children ?? []) : []).flatMap(({ children = [] }) => {
        const [key, value] = children;
        return key && value ? [{ name: String(getNodeValue(key)), key, value }] : [];
      }),
    range,
    position: at.position,
  };
}
