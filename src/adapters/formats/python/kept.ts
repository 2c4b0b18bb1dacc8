import type { SyntaxNode } from '@lezer/common';
import type { ProcessCache, Thread } from '../../../core/policy/addons/python-facts.ts';
import { argumentsOf, around, childrenOf, dottedName, functionName, nameOf, stringValue, textOf, walk, type PythonTree } from './tree.ts';

/** Parameters that belong to one request or one database. */
const OF_A_REQUEST = /^(?:self|env|cr|cursor|records?|recordset|registry|request|pool)$/;

/** A class of Odoo: what it inherits, or the name of a model that it says. */
function isOdooClass(tree: PythonTree, definition: SyntaxNode): boolean {
  const bases = childrenOf(definition.getChild('ArgList') ?? definition).map((base) => dottedName(tree, base) ?? '');
  return (
    bases.some((base) => /(?:^|\.)(?:models\.\w+|(?:Abstract|Transient)?Model|(?:http\.)?\w*Controller)$/.test(base)) ||
    modelsOf(tree, definition).length > 0
  );
}

/** The models of a class: its `_name`, or else all that it says to inherit. */
export function modelsOf(tree: PythonTree, definition: SyntaxNode): string[] {
  const said = new Map<string, string[]>();
  for (const node of childrenOf(definition.getChild('Body') ?? definition)) {
    const name = node.name === 'AssignStatement' && node.firstChild ? textOf(tree, node.firstChild) : '';
    const value = node.lastChild;
    if (!value || (name !== '_name' && name !== '_inherit')) continue;
    const values = /^(?:Array|Tuple)Expression$/.test(value.name) ? childrenOf(value) : [value];
    said.set(
      name,
      values.map((word) => stringValue(tree, word)).filter((word) => word !== null),
    );
  }
  return said.get('_name') ?? said.get('_inherit') ?? [];
}

function cacheName(tree: PythonTree, dotted: string): string | null {
  if (/^(?:functools\.)?lru_cache$|^functools\.cache$|^cachetools\.(?:func\.)?\w*cache$|^cachetools\.cached$/.test(dotted)) return dotted;
  if (dotted === 'cache') return /^\s*from\s+functools\s+import\s[^\n]*\bcache\b/m.test(tree.text) ? dotted : null;
  return dotted === 'cached' && /^\s*from\s+cachetools\b/m.test(tree.text) ? dotted : null;
}

function isBounded(tree: PythonTree, decorator: SyntaxNode, name: string): boolean {
  if (/cachetools|^cached$/.test(name)) return true;
  if (!name.endsWith('lru_cache')) return false;
  const given = argumentsOf(tree, decorator);
  const size = given.get('maxsize') ?? given.get('0');
  return size?.name !== 'None';
}

/** Functions whose answers are kept by the process. Odoo's own `tools.ormcache` is not among them: it is emptied in every worker. */
export function processCaches(tree: PythonTree): ProcessCache[] {
  const found: ProcessCache[] = [];
  walk(tree.root, ['Decorator'], (node) => {
    const written = /^@\s*([\w.]+)/.exec(textOf(tree, node))?.[1] ?? '';
    const name = cacheName(tree, written);
    const definition = node.parent?.getChild('FunctionDefinition');
    if (name === null || !definition) return false;
    const parameters = childrenOf(definition.getChild('ParamList') ?? definition)
      .filter((child) => child.name === 'VariableName' && child.prevSibling?.name !== 'AssignOp')
      .map((child) => textOf(tree, child));
    const owner = around(definition, ['FunctionDefinition', 'ClassDefinition']);
    const isOdoo = owner?.name === 'ClassDefinition' && isOdooClass(tree, owner);
    found.push({
      function: functionName(tree, definition),
      range: tree.at.range(node.from, node.from + textOf(tree, node).trimEnd().length),
      decorator: name,
      takes: parameters.find((parameter) => OF_A_REQUEST.test(parameter) && (parameter !== 'self' || isOdoo)) ?? null,
      bounded: isBounded(tree, node, name),
      cleared: tree.text.includes(`${nameOf(tree, definition)}.cache_clear(`),
    });
    return false;
  });
  return found;
}

const THREADS =
  /^(?:(?:threading|multiprocessing|mp|futures|concurrent\.futures)\.)?(?:Thread|Timer|Process|Pool|ThreadPool|ThreadPoolExecutor|ProcessPoolExecutor)$/;

/** Threads, timers and pools that are not ended where they are started. */
export function threads(tree: PythonTree): Thread[] {
  const found: Thread[] = [];
  walk(tree.root, ['CallExpression'], (node) => {
    const what = dottedName(tree, node.firstChild);
    if (what === null || !THREADS.test(what)) return undefined;
    const name = what.slice(what.lastIndexOf('.') + 1);
    if (
      name === what &&
      !new RegExp(`^\\s*from\\s+(?:threading|multiprocessing|concurrent)[\\w.]*\\s+import\\s[^\\n]*\\b${name}\\b`, 'm').test(tree.text)
    ) {
      return undefined;
    }
    const definition = around(node, ['FunctionDefinition']);
    const owner = definition ? around(definition, ['FunctionDefinition', 'ClassDefinition']) : null;
    // What a program of its own does beside the server, as the runner of a job queue, is its own affair.
    if (definition && !(owner?.name === 'ClassDefinition' && isOdooClass(tree, owner))) return undefined;
    const isEnded =
      node.parent?.name === 'WithStatement' || /\.(?:join|shutdown|cancel)\(/.test(definition ? textOf(tree, definition) : '');
    if (!isEnded)
      found.push({ what, function: definition ? functionName(tree, definition) : null, range: tree.at.range(node.from, node.to) });
    return undefined;
  });
  return found;
}
