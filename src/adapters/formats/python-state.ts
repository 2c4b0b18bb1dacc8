import type { SyntaxNode } from '@lezer/common';
import type { ProcessState, PythonPlace } from '../../core/policy/python-facts.ts';
import { importTime } from './python-import-time.ts';
import { scopesOf, targetsOf } from './python-scopes.ts';
import { around, childrenOf, dottedName, nameOf, textOf, walk, type PythonTree } from './python-tree.ts';

const DISPLAYS = /^(?:Array|Dictionary|Set)(?:Comprehension)?Expression$/;
/** Also asked of the text, before it is parsed: `python.ts`. */
export const CONTAINERS =
  '(?:dict|list|set|bytearray|(?:default|Ordered|Chain)?(?:dict|Dict|Map)|Counter|deque|Weak\\w+|LRU\\w*|\\w*Cache|(?:Simple|Lifo|Priority)?Queue)';
export const CHANGES =
  'append|appendleft|extend|extendleft|add|update|setdefault|pop|popleft|popitem|clear|remove|discard|insert|put|put_nowait';
const CONTAINER_CALL = new RegExp(`^(?:[\\w.]+\\.)?${CONTAINERS}$`);
/** What begins or ends with the server. */
const LIFE = /(?:^|_)(?:start|stop|startup|shutdown|lifespan)(?:_|$)/;
const CHANGE = new RegExp(`^(?:${CHANGES})$`);

const isContainer = (tree: PythonTree, value: SyntaxNode | null): boolean =>
  value !== null &&
  (DISPLAYS.test(value.name) || (value.name === 'CallExpression' && CONTAINER_CALL.test(dottedName(tree, value.firstChild) ?? '')));

interface Binding {
  name: string;
  node: SyntaxNode;
  container: boolean;
}

/** Names that the statements of a module or a class bind, also within its `if` and `try`. */
function bindingsIn(tree: PythonTree, body: SyntaxNode): Binding[] {
  const found: Binding[] = [];
  walk(body, (node) => {
    if (/^(?:FunctionDefinition|ClassDefinition|LambdaExpression)$/.test(node.name)) return node.from === body.from;
    if (node.name !== 'AssignStatement') return undefined;
    const [target, another] = targetsOf(node);
    if (target?.name === 'VariableName' && !another) {
      // Of one that stands further in than the reader looks for (`python.ts`), nothing is said.
      const isNear = tree.at.position(target.from).column <= 5;
      found.push({ name: textOf(tree, target), node: target, container: isNear && isContainer(tree, node.lastChild) });
    }
    return false;
  });
  return found;
}

/** What a change goes into: `CACHE[a][b]` and `CACHE` are `CACHE`; `self.x[a]` is `self.x`. */
function rootOf(tree: PythonTree, node: SyntaxNode): SyntaxNode {
  const [base, bracket] = childrenOf(node);
  return node.name === 'MemberExpression' && bracket?.name === '[' && base ? rootOf(tree, base) : node;
}

/** What a statement or a call changes: the things themselves, and whether it is their content. */
function changedBy(tree: PythonTree, node: SyntaxNode): { what: SyntaxNode; content: boolean }[] {
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

/** `Model.method` */
export function functionName(tree: PythonTree, definition: SyntaxNode): string {
  const owner = around(definition, ['FunctionDefinition', 'ClassDefinition']);
  const own = nameOf(tree, definition);
  return owner?.name === 'ClassDefinition' ? `${nameOf(tree, owner)}.${own}` : own;
}

/** `if x is None: x = …` or `if not x:`, at the place of the change. */
function isLazy(tree: PythonTree, node: SyntaxNode, name: string): boolean {
  const condition = around(node, ['IfStatement', 'FunctionDefinition']);
  const test = condition?.name === 'IfStatement' ? condition.firstChild?.nextSibling : null;
  return new RegExp(`^(?:not\\s+${name}|${name}\\s+is\\s+None)$`).test(test ? textOf(tree, test) : '');
}

/** The class attributes that are containers, by class; those that an object gets for itself are not shared. */
function classStates(tree: PythonTree): { owner: SyntaxNode; bindings: Binding[] }[] {
  const found: { owner: SyntaxNode; bindings: Binding[] }[] = [];
  walk(tree.root, (node) => {
    if (node.name !== 'ClassDefinition') return undefined;
    const body = node.getChild('Body');
    const bindings = body ? bindingsIn(tree, body).filter(({ container }) => container) : [];
    const text = textOf(tree, node);
    const shared = bindings.filter(({ name }) => !new RegExp(`\\bself\\.${name}\\s*(?::[^=\\n]*)?=(?!=)`).test(text));
    if (shared.length > 0) found.push({ owner: node, bindings: shared });
    return undefined;
  });
  return found;
}

/** §8.1: what functions change while the server runs, and each worker has for itself. */
export function processStates(tree: PythonTree): ProcessState[] {
  const globals = new Map<string, Binding>();
  for (const binding of bindingsIn(tree, tree.root)) {
    const known = globals.get(binding.name);
    globals.set(binding.name, { ...(known ?? binding), container: binding.container || (known?.container ?? false) });
  }
  const classes = classStates(tree);
  const scopes = scopesOf(tree);
  const isImportTime = importTime(tree);
  const states = new Map<number, ProcessState & { lazies: boolean[] }>();
  const change = (name: string, binding: Binding, kind: ProcessState['kind'], place: PythonPlace, lazy: boolean): void => {
    const known = states.get(binding.node.from);
    if (known) {
      known.changes.push(place);
      known.lazies.push(lazy);
      if (kind === 'container') known.kind = kind;
    } else {
      const range = tree.at.range(binding.node.from, binding.node.to);
      states.set(binding.node.from, { name, kind, lazy, range, changes: [place], lazies: [lazy] });
    }
  };
  const classOf = (node: SyntaxNode, receiver: string): { owner: SyntaxNode; bindings: Binding[] } | undefined => {
    const own = around(node, ['ClassDefinition']);
    return /^(?:self|cls|self\.__class__)$/.test(receiver)
      ? classes.find(({ owner }) => owner.from === own?.from)
      : classes.find(({ owner }) => nameOf(tree, owner) === receiver);
  };
  walk(tree.root, (node) => {
    const changed = changedBy(tree, node);
    if (changed.length === 0) return undefined;
    const within = around(node, ['FunctionDefinition', 'LambdaExpression']);
    const named = within?.name === 'LambdaExpression' ? around(node, ['FunctionDefinition']) : within;
    if (!within || (named && isImportTime(named))) return undefined;
    for (const { what, content } of changed) {
      const place = { function: named ? functionName(tree, named) : null, range: tree.at.range(node.from, node.to) };
      if (what.name === 'VariableName') {
        const name = textOf(tree, what);
        const binding = globals.get(name);
        if (!binding) continue;
        if (
          content
            ? binding.container && scopes.isGlobal(what, name)
            : scopes.saysGlobal(what, name) && !LIFE.test(named ? nameOf(tree, named) : '')
        ) {
          change(name, binding, content ? 'container' : 'name', place, !content && isLazy(tree, node, name));
        }
        continue;
      }
      const [receiver, attribute] = /^(.*)\.(\w+)$/.exec(dottedName(tree, what) ?? '')?.slice(1) ?? [];
      if (receiver === undefined || attribute === undefined || (receiver === 'self' && !content)) continue;
      const found = classOf(node, receiver);
      const binding = found?.bindings.find(({ name }) => name === attribute);
      if (found && binding) change(`${nameOf(tree, found.owner)}.${attribute}`, binding, 'container', place, false);
    }
    return undefined;
  });
  return [...states.values()].map(({ lazies, ...state }) => ({ ...state, lazy: lazies.every((lazy) => lazy) }));
}
