import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { lineIndex, type LineIndex } from '../lines.ts';

/** A Python text with its syntax tree. */
export interface PythonTree {
  text: string;
  root: SyntaxNode;
  at: LineIndex;
}

/** The tree of a text. It never fails: what is no Python is an error node, and the rest is read. */
export function parsePython(text: string): PythonTree {
  // Two things that the grammar takes otherwise than Python: a backslash before CRLF, and `1.`. No character moves.
  const plain = text.replace(/(\\?)\r\n/g, ' $1\n').replace(/\b(\d+)\.(?![\w.])/g, '$1 ');
  return { text, root: parser.parse(plain).topNode, at: lineIndex(text) };
}

export const textOf = ({ text }: PythonTree, node: SyntaxNode): string => text.slice(node.from, node.to);

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

/** Each node of one of the kinds, from this one down; `enter` answers false where the ones below it do not matter. */
export function walk(from: SyntaxNode, kinds: readonly string[], enter: (node: SyntaxNode) => boolean | undefined): void {
  // A cursor makes no objects of the nodes that nobody asks for: most of them.
  from.cursor().iterate((reference) => (kinds.includes(reference.name) ? enter(reference.node) : undefined));
}

/** The nearest node around this one of one of the kinds; null where there is none. */
export function around(node: SyntaxNode, kinds: readonly string[]): SyntaxNode | null {
  let parent = node.parent;
  while (parent && !kinds.includes(parent.name)) parent = parent.parent;
  return parent;
}

/** The name of a function or class. */
export function nameOf(tree: PythonTree, definition: SyntaxNode): string {
  const name = definition.getChild('VariableName');
  return name ? textOf(tree, name) : '';
}

/** `Model.method` */
export function functionName(tree: PythonTree, definition: SyntaxNode): string {
  const owner = around(definition, ['FunctionDefinition', 'ClassDefinition']);
  const own = nameOf(tree, definition);
  return owner?.name === 'ClassDefinition' ? `${nameOf(tree, owner)}.${own}` : own;
}

/** `threading.Thread` of a name or members of one; null for anything else. */
export function dottedName(tree: PythonTree, node: SyntaxNode | null): string | null {
  if (node?.name === 'VariableName') return textOf(tree, node);
  if (node?.name !== 'MemberExpression') return null;
  const [base, dot, property] = childrenOf(node);
  const before = dot?.name === '.' && base ? dottedName(tree, base) : null;
  return before !== null && property?.name === 'PropertyName' ? `${before}.${textOf(tree, property)}` : null;
}

/** The text of a plain string; null for a formatted one and for anything else. */
export function stringValue(tree: PythonTree, node: SyntaxNode): string | null {
  if (node.name !== 'String') return null;
  const [, a, b, c, d] = /^[rRuU]?(?:"""(.*)"""|'''(.*)'''|"(.*)"|'(.*)')$/s.exec(textOf(tree, node)) ?? [];
  return a ?? b ?? c ?? d ?? null;
}

/** The arguments of a call, or the bases of a class: positional ones under their number, the others under their name. */
export function argumentsOf(tree: PythonTree, node: SyntaxNode): Map<string, SyntaxNode> {
  const found = new Map<string, SyntaxNode>();
  for (const child of childrenOf(node.getChild('ArgList') ?? node)) {
    if (child.nextSibling?.name === 'AssignOp' || /^(?:[(),*]|\*\*|AssignOp|Comment)$/.test(child.name)) continue;
    const name = child.prevSibling?.name === 'AssignOp' ? child.prevSibling.prevSibling : null;
    found.set(name ? textOf(tree, name) : String(found.size), child);
  }
  return found;
}
