import type { SyntaxNode } from '@lezer/common';
import type { ProcessState } from '../../../core/policy/addons/python-facts.ts';
import { changedBy, isAnswer, isContainer, isLazy } from './changes.ts';
import { importTime } from './import-time.ts';
import { FUNCTIONS, scopesOf, targetsOf } from './scopes.ts';
import { around, dottedName, functionName, nameOf, textOf, walk, type PythonTree } from './tree.ts';

/** What begins or ends with the server. */
const LIFE = /(?:^|_)(?:start|stop|startup|shutdown|lifespan)(?:_|$)/;

interface Binding {
  name: string;
  node: SyntaxNode;
  container: boolean;
}

/** Names that the statements of a module or a class bind, also within its `if` and `try`. */
function bindingsIn(tree: PythonTree, body: SyntaxNode): Binding[] {
  const found: Binding[] = [];
  walk(body, ['FunctionDefinition', 'ClassDefinition', 'LambdaExpression', 'AssignStatement'], (node) => {
    if (node.name !== 'AssignStatement') return false;
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

/** The class attributes that are containers, by class; those that an object gets for itself are not shared. */
function classStates(tree: PythonTree): { owner: SyntaxNode; bindings: Binding[] }[] {
  const found: { owner: SyntaxNode; bindings: Binding[] }[] = [];
  walk(tree.root, ['ClassDefinition'], (node) => {
    const body = node.getChild('Body');
    const bindings = body ? bindingsIn(tree, body).filter(({ container }) => container) : [];
    const text = textOf(tree, node);
    const shared = bindings.filter(({ name }) => !new RegExp(`\\bself\\.${name}\\s*(?::[^=\\n]*)?=(?!=)`).test(text));
    if (shared.length > 0) found.push({ owner: node, bindings: shared });
    return undefined;
  });
  return found;
}

/** The names of the module: a container where any of its bindings is one. */
function globalBindings(tree: PythonTree): Map<string, Binding> {
  const globals = new Map<string, Binding>();
  for (const binding of bindingsIn(tree, tree.root)) {
    const known = globals.get(binding.name);
    globals.set(binding.name, { ...(known ?? binding), container: binding.container || (known?.container ?? false) });
  }
  return globals;
}

/** One more change of a state. */
function joined(known: ProcessState | undefined, next: ProcessState): ProcessState {
  if (!known) return next;
  return {
    ...known,
    kind: next.kind === 'container' ? next.kind : known.kind,
    lazy: known.lazy && next.lazy,
    answers: known.answers && next.answers,
    changes: [...known.changes, ...next.changes],
  };
}

/** §8.1: what functions change while the server runs, and each worker has for itself. */
export function processStates(tree: PythonTree): ProcessState[] {
  const globals = globalBindings(tree);
  const classes = classStates(tree);
  const saysGlobal = /\bglobal\s/.test(tree.text);
  if (classes.length === 0 && !saysGlobal && ![...globals.values()].some(({ container }) => container)) return [];
  const scopes = scopesOf(tree);
  const isImportTime = importTime(tree);
  const found = new Map<number, ProcessState>();

  const globalOf = (what: SyntaxNode, content: boolean, changer: string): Binding | undefined => {
    const binding = globals.get(textOf(tree, what));
    if (!binding) return undefined;
    if (content) return binding.container && scopes.isGlobal(what, binding.name) ? binding : undefined;
    return scopes.saysGlobal(what, binding.name) && !LIFE.test(changer) ? binding : undefined;
  };
  const attributeOf = (what: SyntaxNode, content: boolean): Binding | undefined => {
    const [, receiver = '', attribute] = /^(.*)\.(\w+)$/.exec(dottedName(tree, what) ?? '') ?? [];
    // `self.x = …` makes an attribute of one object.
    if (receiver === 'self' && !content) return undefined;
    const outer = around(what, ['ClassDefinition']);
    const owner = /^(?:self|cls|self\.__class__)$/.test(receiver)
      ? classes.find((other) => other.owner.from === outer?.from)
      : classes.find((other) => nameOf(tree, other.owner) === receiver);
    const binding = owner?.bindings.find(({ name }) => name === attribute);
    return owner && binding && { ...binding, name: `${nameOf(tree, owner.owner)}.${binding.name}` };
  };

  walk(tree.root, ['AssignStatement', 'UpdateStatement', 'DeleteStatement', 'CallExpression'], (node) => {
    for (const { what, content } of changedBy(tree, node)) {
      const within = around(node, FUNCTIONS);
      const named = within?.name === 'LambdaExpression' ? around(node, ['FunctionDefinition']) : within;
      if (!within) continue;
      const isName = what.name === 'VariableName';
      const binding = isName ? globalOf(what, content, named ? nameOf(tree, named) : '') : attributeOf(what, content);
      if (!binding || (named && isImportTime(named))) continue;
      const { name, node: bound } = binding;
      const state: ProcessState = {
        name,
        kind: isName && !content ? 'name' : 'container',
        lazy: !content && isLazy(tree, node, name),
        answers: isAnswer(tree, node, named, name),
        range: tree.at.range(bound.from, bound.to),
        changes: [{ function: named ? functionName(tree, named) : null, range: tree.at.range(node.from, node.to) }],
      };
      found.set(bound.from, joined(found.get(bound.from), state));
    }
    return undefined;
  });
  return [...found.values()];
}
