import type { SyntaxNode } from '@lezer/common';
import type { ModelMethod } from '../../core/policy/python-facts.ts';
import { modelsOf } from './python-kept.ts';
import { childrenOf, dottedName, nameOf, textOf, walk, type PythonTree } from './python-tree.ts';

const ENDLESS = /^(?:True|1)$/;

/** Whether a statement leaves the loop around it: `break` of the loop itself, or an end of the whole function. */
function leaves(body: SyntaxNode, tree: PythonTree): boolean {
  let found = false;
  const look = (node: SyntaxNode, isOwnLoop: boolean): void => {
    if (found || /^(?:FunctionDefinition|LambdaExpression|ClassDefinition)$/.test(node.name)) return;
    // A generator waits for whoever reads it.
    if (
      /^(?:ReturnStatement|RaiseStatement|Yield(?:Statement|Expression))$/.test(node.name) ||
      (isOwnLoop && node.name === 'BreakStatement')
    )
      found = true;
    if (node.name === 'CallExpression' && /^(?:sys\.)?exit$/.test(dottedName(tree, node.firstChild) ?? '')) found = true;
    const within = isOwnLoop && !/^(?:While|For)Statement$/.test(node.name);
    for (const child of childrenOf(node)) look(child, within);
  };
  look(body, true);
  return found;
}

/** `while True:` without a way out. */
export function endlessLoops(tree: PythonTree, node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  walk(node, (inner) => {
    const condition = inner.name === 'WhileStatement' ? inner.firstChild?.nextSibling : null;
    const body = inner.getChild('Body');
    if (condition && body && ENDLESS.test(textOf(tree, condition)) && !leaves(body, tree)) found.push(inner);
    return undefined;
  });
  return found;
}

/** Calls of `time.sleep`, under whatever name it is imported. */
export function sleepCalls(tree: PythonTree, node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const imported = /^\s*from\s+time\s+import\s[^\n]*\bsleep\b(?!\s+as)/m.test(tree.text);
  walk(node, (inner) => {
    const called = inner.name === 'CallExpression' ? dottedName(tree, inner.firstChild) : null;
    if (called !== null && (/^_?time\.sleep$/.test(called) || (imported && called === 'sleep'))) found.push(inner);
    return undefined;
  });
  return found;
}

/** What a call goes to, where it begins with this name: `self.search([]).run()` is of `self`; through `env` it is another model. */
function ownCalls(tree: PythonTree, definition: SyntaxNode): string[] {
  const found = new Set<string>();
  walk(definition, (node) => {
    const callee = node.name === 'CallExpression' ? node.firstChild : null;
    const property = callee?.name === 'MemberExpression' ? callee.getChild('PropertyName') : null;
    if (callee && property && /^self\b(?!\.(?:env|pool)\b)[^\n]*$/.test(textOf(tree, callee))) found.add(textOf(tree, property));
    return undefined;
  });
  return [...found];
}

/**
 * Methods of models that may have to do with crons: those that sleep or loop, and, where the file speaks of crons, those that
 * call others.
 */
export function modelMethods(tree: PythonTree): ModelMethod[] {
  const speaksOfCrons = /cron/i.test(tree.text);
  const found: ModelMethod[] = [];
  walk(tree.root, (node) => {
    if (node.name !== 'ClassDefinition') return node.name !== 'FunctionDefinition';
    const models = modelsOf(tree, node);
    if (models.length === 0) return undefined;
    for (const statement of childrenOf(node.getChild('Body') ?? node)) {
      const definition = statement.name === 'DecoratedStatement' ? statement.getChild('FunctionDefinition') : statement;
      if (definition?.name !== 'FunctionDefinition') continue;
      const ranges = (nodes: readonly SyntaxNode[]) => nodes.map(({ from, to }) => tree.at.range(from, to));
      const method = {
        models,
        name: nameOf(tree, definition),
        range: ranges([definition.getChild('VariableName') ?? definition])[0] ?? tree.at.range(definition.from, definition.to),
        sleeps: ranges(sleepCalls(tree, definition)),
        loops: ranges(endlessLoops(tree, definition).map((loop) => loop.firstChild ?? loop)),
        calls: speaksOfCrons ? ownCalls(tree, definition) : [],
      };
      if (method.sleeps.length + method.loops.length + method.calls.length > 0) found.push(method);
    }
    return false;
  });
  return found;
}
