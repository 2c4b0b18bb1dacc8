import type { SyntaxNode } from '@lezer/common';
import { targetsOf } from './scopes.ts';
import { around, childrenOf, dottedName, textOf, type PythonTree } from './tree.ts';

const DISPLAYS = /^(?:Array|Dictionary|Set)(?:Comprehension)?Expression$/;
/**
 * Also asked of the text, before it is parsed: `python.ts`. Not those of `weakref`: they only find what lives anyway, as open sockets.
 */
export const CONTAINERS =
  '(?:dict|list|set|bytearray|(?:default|Ordered|Chain)?(?:dict|Dict|Map)|Counter|deque|LRU\\w*|\\w*Cache|(?:Simple|Lifo|Priority)?Queue)';
export const CHANGES =
  'append|appendleft|extend|extendleft|add|update|setdefault|pop|popleft|popitem|clear|remove|discard|insert|put|put_nowait';
const CONTAINER_CALL = new RegExp(`^(?:[\\w.]+\\.)?${CONTAINERS}$`);
const CHANGE = new RegExp(`^(?:${CHANGES})$`);

/** Whether a value is a list, a dict or a set, or something like them. */
export const isContainer = (tree: PythonTree, value: SyntaxNode | null): boolean =>
  value !== null &&
  (DISPLAYS.test(value.name) || (value.name === 'CallExpression' && CONTAINER_CALL.test(dottedName(tree, value.firstChild) ?? '')));

/** What a change goes into: `CACHE[a][b]` and `CACHE` are `CACHE`; `self.x[a]` is `self.x`. */
function rootOf(tree: PythonTree, node: SyntaxNode): SyntaxNode {
  const [base, bracket] = childrenOf(node);
  return node.name === 'MemberExpression' && bracket?.name === '[' && base ? rootOf(tree, base) : node;
}

/** What a statement or a call changes: the things themselves, and whether it is their content. */
export function changedBy(tree: PythonTree, node: SyntaxNode): { what: SyntaxNode; content: boolean }[] {
  const isSubscript = (target: SyntaxNode): boolean => childrenOf(target)[1]?.name === '[';
  if (node.name === 'AssignStatement' || node.name === 'UpdateStatement') {
    const flat = targetsOf(node).flatMap((target) => (target.name === 'TupleExpression' ? childrenOf(target) : [target]));
    return flat.map((target) => ({ what: rootOf(tree, target), content: isSubscript(target) }));
  }
  if (node.name === 'DeleteStatement') {
    return childrenOf(node)
      .filter(isSubscript)
      .map((target) => ({ what: rootOf(tree, target), content: true }));
  }
  const callee = node.name === 'CallExpression' ? node.firstChild : null;
  const [base, dot, method] = callee?.name === 'MemberExpression' ? childrenOf(callee) : [];
  if (!base || dot?.name !== '.' || !method || !CHANGE.test(textOf(tree, method))) return [];
  return [{ what: rootOf(tree, base), content: true }];
}

/** `if x is None: x = …` or `if not x:`, at the place of the change. */
export function isLazy(tree: PythonTree, node: SyntaxNode, name: string): boolean {
  const condition = around(node, ['IfStatement', 'FunctionDefinition']);
  const test = condition?.name === 'IfStatement' ? condition.firstChild?.nextSibling : null;
  return new RegExp(`^(?:not\\s+${name}|${name}\\s+is\\s+None)$`).test(test ? textOf(tree, test) : '');
}

/** `x[key] = answer`, in a function that looks for `key` in `x`; or everything thrown away. */
export function isAnswer(tree: PythonTree, node: SyntaxNode, definition: SyntaxNode | null, name: string): boolean {
  const own = name.slice(name.lastIndexOf('.') + 1);
  if (node.name === 'CallExpression') return new RegExp(`\\b${own}\\.clear\\(\\)$`).test(textOf(tree, node));
  if (node.name !== 'AssignStatement' || !definition) return false;
  const value = node.lastChild ? textOf(tree, node.lastChild) : '';
  const looks = new RegExp(`\\bin\\s+(?:\\w+\\.)*${own}\\b|\\b${own}\\.get\\(|\\breturn\\s+(?:\\w+\\.)*${own}\\[`);
  return !new RegExp(`\\b${own}\\b`).test(value) && looks.test(textOf(tree, definition));
}
