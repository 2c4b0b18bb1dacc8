import type { SyntaxNode } from '@lezer/common';
import type { ModelMethod } from '../../../core/policy/addons/python-facts.ts';
import { modelsOf } from './kept.ts';
import { argumentsOf, childrenOf, dottedName, nameOf, textOf, walk, type PythonTree } from './tree.ts';

/** Also asked of the text before it is parsed. */
export const CRON_METHOD = /\bdef\s+\w*cron\w*\s*\(/i;
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
  walk(node, ['WhileStatement'], (inner) => {
    const condition = inner.firstChild?.nextSibling;
    const body = inner.getChild('Body');
    if (condition && body && ENDLESS.test(textOf(tree, condition)) && !leaves(body, tree)) found.push(inner);
    return undefined;
  });
  return found;
}

/** Calls of `time.sleep` for a second or more, or for a time that is computed; a shorter one only spares the other side. */
export function sleepCalls(tree: PythonTree, node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const imported = /^\s*from\s+time\s+import\s[^\n]*\bsleep\b(?!\s+as)/m.test(tree.text);
  walk(node, ['CallExpression'], (inner) => {
    const called = dottedName(tree, inner.firstChild);
    if (called !== null && (/^_?time\.sleep$/.test(called) || (imported && called === 'sleep'))) {
      const seconds = argumentsOf(tree, inner).get('0');
      if (seconds?.name !== 'Number' || Number(textOf(tree, seconds)) >= 1) found.push(inner);
    }
    return undefined;
  });
  return found;
}

/** What a call goes to, where it begins with this name: `self.search([]).run()` is of `self`; through `env` it is another model. */
function ownCalls(tree: PythonTree, definition: SyntaxNode): string[] {
  const found = new Set<string>();
  walk(definition, ['CallExpression'], (node) => {
    const callee = node.firstChild;
    const property = callee?.name === 'MemberExpression' ? callee.getChild('PropertyName') : null;
    if (callee && property && /^self\b(?!\.(?:env|pool)\b)[^\n]*$/.test(textOf(tree, callee))) found.add(textOf(tree, property));
    return undefined;
  });
  return [...found];
}

/**
 * Methods of models that may have to do with crons: those that sleep or loop, and, where one is named for a cron, those that
 * call others.
 */
export function modelMethods(tree: PythonTree): ModelMethod[] {
  const speaksOfCrons = CRON_METHOD.test(tree.text);
  const found: ModelMethod[] = [];
  walk(tree.root, ['ClassDefinition', 'FunctionDefinition'], (node) => {
    if (node.name === 'FunctionDefinition') return false;
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
