import type { SyntaxNode } from '@lezer/common';
import { childrenOf, nameOf, textOf, type PythonTree } from './tree.ts';

export const FUNCTIONS: readonly string[] = ['FunctionDefinition', 'LambdaExpression'];
const GROUPS = ['TupleExpression', 'ArrayExpression', 'ParenthesizedExpression'];

/** Names that a target binds: `a, (b, *c)`. */
function boundNames(tree: PythonTree, targets: readonly SyntaxNode[]): string[] {
  return targets.flatMap((node) => {
    if (node.name === 'VariableName') return [textOf(tree, node)];
    return GROUPS.includes(node.name) ? boundNames(tree, childrenOf(node)) : [];
  });
}

/** The targets of an assignment: all before its last `=`. */
export function targetsOf(assignment: SyntaxNode): SyntaxNode[] {
  const children = childrenOf(assignment);
  const last = children.findLastIndex(({ name }) => name === 'AssignOp' || name === 'UpdateOp');
  return children.slice(0, last === -1 ? 1 : last).filter(({ name }) => name !== 'TypeDef');
}

/** Nodes that stand between two words of a statement: `for … in`. */
function between(node: SyntaxNode, from: string, to: readonly string[]): SyntaxNode[] {
  let inside = false;
  return childrenOf(node).filter(({ name }) => {
    if (name === from) inside = true;
    else if (to.includes(name)) inside = false;
    return inside && name !== from;
  });
}

interface Scope {
  locals: Set<string>;
  globals: Set<string>;
}

function scopeOf(tree: PythonTree, owner: SyntaxNode): Scope {
  const scope: Scope = { locals: new Set(), globals: new Set() };
  const bind = (nodes: readonly SyntaxNode[]): void => {
    for (const name of boundNames(tree, nodes)) scope.locals.add(name);
  };
  const outer = new Set<string>();
  const enter = (node: SyntaxNode): void => {
    const { name } = node;
    if (name === 'AssignStatement' || name === 'UpdateStatement' || name === 'NamedExpression') bind(targetsOf(node));
    else if (name === 'ForStatement' || (name.includes('Comprehension') && node.from === owner.from)) bind(between(node, 'for', ['in']));
    else if (name === 'WithStatement' || name === 'TryStatement') {
      bind(childrenOf(node).filter((child) => child.prevSibling?.name === 'as'));
    } else if (name === 'ImportStatement' || name === 'DeleteStatement' || name === 'CapturePattern' || name === 'AsPattern')
      bind(childrenOf(node));
    else if (name === 'ScopeStatement') {
      const names = boundNames(tree, childrenOf(node));
      for (const word of names) (node.firstChild?.name === 'global' ? scope.globals : outer).add(word);
    }
    if (node !== owner && (name === 'FunctionDefinition' || name === 'ClassDefinition')) {
      scope.locals.add(nameOf(tree, node));
      return;
    }
    if (node !== owner && (name === 'LambdaExpression' || name.includes('Comprehension'))) return;
    if (name === 'ParamList') {
      bind(childrenOf(node).filter((child) => child.prevSibling?.name !== 'AssignOp'));
      return;
    }
    for (let child = node.firstChild; child; child = child.nextSibling) enter(child);
  };
  enter(owner);
  for (const name of [...scope.globals, ...outer]) scope.locals.delete(name);
  return scope;
}

export interface Scopes {
  /** Whether a name at this place, within a function, is the one of the module. */
  isGlobal: (node: SyntaxNode, name: string) => boolean;
  /** Whether `global name` is said in a function around. */
  saysGlobal: (node: SyntaxNode, name: string) => boolean;
}

/** Which names are whose, as Python sees it: a name that a function binds anywhere is its own, unless it says `global`. */
export function scopesOf(tree: PythonTree): Scopes {
  const known = new Map<number, Scope>();
  const scope = (owner: SyntaxNode): Scope => {
    const found = known.get(owner.from) ?? scopeOf(tree, owner);
    known.set(owner.from, found);
    return found;
  };
  const look = (node: SyntaxNode, name: string): 'global' | 'local' | 'none' => {
    for (let owner = node.parent; owner; owner = owner.parent) {
      if (!FUNCTIONS.includes(owner.name) && !owner.name.includes('Comprehension')) continue;
      const { globals, locals } = scope(owner);
      if (globals.has(name)) return 'global';
      if (locals.has(name)) return 'local';
    }
    return 'none';
  };
  return { isGlobal: (node, name) => look(node, name) !== 'local', saysGlobal: (node, name) => look(node, name) === 'global' };
}
