import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { VariableSlot } from '../../../core/policy/facts.ts';
import type { LineIndex } from '../lines.ts';

/** Blanks up to where something stands; undefined where something else stands before it in its line, apart from `before`. */
function indentAt(text: string, offset: number, before = /^ *$/): string | undefined {
  const head = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return before.test(head) ? ' '.repeat(head.length) : undefined;
}

/**
 * Where one more variable can be written into the environment of a service or of a container of Kubernetes.
 * @param environment what stands there now: a map or a list of its own, undefined for none
 * @param owner the map that it would stand in
 * @param entry how an entry of a list is written
 */
export function variableSlot(
  position: LineIndex['position'],
  text: string,
  environment: unknown,
  owner: YAMLMap,
  entry: { key: string; between: string | ((indent: string) => string); item: string },
): VariableSlot | undefined {
  const { key, item } = entry;
  const slot = (offset: number, before: string, middle: string, after: string): VariableSlot => ({
    at: position(offset),
    before,
    between: middle,
    after,
  });
  const between = (indent: string): string => (typeof entry.between === 'string' ? entry.between : entry.between(indent));
  if (isMap(environment)) {
    const offset = keyOffset(environment);
    if (offset === undefined) return undefined;
    if (environment.flow === true) return slot(offset, '', ': ', ', ');
    const indent = indentAt(text, offset);
    return indent === undefined ? undefined : slot(offset, '', ': ', `\n${indent}`);
  }
  if (isSeq(environment)) {
    const [first] = environment.items;
    const start = (first as { range?: [number, number, number] } | undefined)?.range?.[0];
    if (start === undefined) return undefined;
    if (environment.flow === true) return isScalar(first) ? slot(start, item.slice(2), between(''), ', ') : undefined;
    const dash = text.lastIndexOf('-', start - 1);
    if (!/^- +$/.test(text.slice(dash, start))) return undefined;
    const indent = indentAt(text, dash);
    return indent === undefined ? undefined : slot(dash, item, between(indent), `\n${indent}`);
  }
  if (environment !== undefined || owner.flow === true) return undefined;
  const offset = keyOffset(owner);
  // The first key of an item of a list stands behind its dash.
  const indent = offset === undefined ? undefined : indentAt(text, offset, /^ *(?:- +)?$/);
  if (offset === undefined || indent === undefined) return undefined;
  const isList = item.includes('name:');
  const inner = `${indent}  `;
  return slot(offset, `${key}:\n${inner}${isList ? item : ''}`, isList ? between(inner) : ': ', `\n${indent}`);
}

const keyOffset = ({ items }: YAMLMap): number | undefined => (isScalar(items[0]?.key) ? items[0].key.range?.[0] : undefined);
