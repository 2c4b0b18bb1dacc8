import type { SyntaxNode } from '@lezer/common';
import type { CronCall } from '../../../core/policy/addons/cron-facts.ts';
import { endlessLoops, sleepCalls } from '../python/methods.ts';
import { parsePython, textOf, walk, type PythonTree } from '../python/tree.ts';

const OF_ENV = /^(?:model\.|records?\.)?env\s*\[\s*(["'])([\w.]+)\1\s*\]/;

/** The model that an expression begins with: null for the cron's own; undefined where that is not to be seen. */
function modelOf(expression: string, variables: ReadonlyMap<string, string | null>): string | null | undefined {
  const named = OF_ENV.exec(expression)?.[2];
  if (named !== undefined) return named;
  const first = /^\w+/.exec(expression)?.[0] ?? '';
  return first === 'model' ? null : variables.get(first);
}

function callsIn(tree: PythonTree): CronCall[] {
  const variables = new Map<string, string | null>();
  const found = new Map<string, CronCall>();
  const take = (name: SyntaxNode | null, value: SyntaxNode | null): void => {
    const model = value ? modelOf(textOf(tree, value), variables) : undefined;
    if (name?.name === 'VariableName' && model !== undefined) variables.set(textOf(tree, name), model);
  };
  walk(tree.root, ['AssignStatement', 'ForStatement', 'CallExpression'], (node) => {
    if (node.name === 'AssignStatement') take(node.firstChild, node.lastChild);
    if (node.name === 'ForStatement') take(node.getChild('VariableName'), node.getChild('in')?.nextSibling ?? null);
    const callee = node.name === 'CallExpression' ? node.firstChild : null;
    const method = callee?.getChild('PropertyName');
    const model = callee && method ? modelOf(textOf(tree, callee), variables) : undefined;
    if (method && model !== undefined) {
      const call = { model, method: textOf(tree, method) };
      found.set(`${call.model ?? ''}:${call.method}`, call);
    }
    return undefined;
  });
  return [...found.values()];
}

/** What the code of a cron does: Odoo runs it without the space around it. */
export function readCronCode(code: string): { calls: CronCall[]; sleeps: boolean; loops: boolean } {
  const tree = parsePython(code.trim());
  return {
    calls: callsIn(tree),
    sleeps: sleepCalls(tree, tree.root).length > 0,
    loops: endlessLoops(tree, tree.root).length > 0,
  };
}
