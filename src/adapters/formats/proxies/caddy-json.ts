import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { BodyLimit, FileFacts } from '../../../core/policy/facts.ts';
import { isOdooAddress } from './goes-to-odoo.ts';
import { lineIndex } from '../lines.ts';

const valueOf = (node: Node, name: string): Node | undefined =>
  node.type === 'object' ? node.children?.find(({ children }) => children?.[0]?.value === name)?.children?.[1] : undefined;

const itemsOf = (node: Node | undefined): readonly Node[] => (node?.type === 'array' ? (node.children ?? []) : []);

const isHandler = (node: Node, name: string): boolean => valueOf(node, 'handler')?.value === name;

const goesToOdoo = (node: Node): boolean =>
  isHandler(node, 'reverse_proxy') &&
  itemsOf(valueOf(node, 'upstreams')).some((upstream) => isOdooAddress(String(valueOf(upstream, 'dial')?.value)));

/** The limits for requests to Odoo in Caddy's own JSON: those of a `request_body` in the same route, or in one around it. */
export function caddyJsonLimits(text: string): FileFacts {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors);
  const at = lineIndex(text);
  const [error] = errors;
  if (error)
    return {
      unreadable: [
        { message: `It is no JSON: ${printParseErrorCode(error.error)}.`, range: at.range(error.offset, error.offset + error.length) },
      ],
    };
  const found = new Map<number, BodyLimit>();
  const add = (node: Node, bytes: number | null, said: boolean): void =>
    void found.set(node.offset, { product: 'caddy', bytes, said, general: false, range: at.range(node.offset, node.offset + node.length) });
  const visit = (node: Node, outer: readonly Node[]): void => {
    const bodies = itemsOf(valueOf(node, 'handle')).filter((handler) => isHandler(handler, 'request_body'));
    const limits = [...bodies.flatMap((handler) => valueOf(handler, 'max_size') ?? []), ...outer];
    if (goesToOdoo(node)) {
      const [limit] = limits;
      if (limit && typeof limit.value === 'number') add(limit, limit.value === 0 ? null : limit.value, true);
      else if (!limit) add(valueOf(node, 'handler') ?? node, null, false);
    }
    for (const child of node.children ?? []) visit(child, limits);
  };
  if (root) visit(root, []);
  return { body_limits: [...found.values()] };
}
