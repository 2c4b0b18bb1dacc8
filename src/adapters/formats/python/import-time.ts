import type { SyntaxNode } from '@lezer/common';
import { around, childrenOf, dottedName, nameOf, textOf, walk, type PythonTree } from './tree.ts';

/** Run once, when the process starts or loads its registry: by Odoo, by Python, or by what their names say. */
const BY_NAME =
  /^(?:(?:.*_)?(?:pre_init|post_init|uninstall|post_load)(?:_.*)?|_?(?:un)?register(?:_.*)?|_?(?:monkey_?)?patch(?:_.*)?|_build_model(?:_.*)?|_setup(?:_base|_fields|_complete|_models__)?|_add_inherited_fields|__init_subclass__|__set_name__|__class_getitem__|setUp\w*|tearDown\w*)$/;
const METACLASS = /^(?:type|ABCMeta|\w*Meta(?:Model|class|Class)?\w*)$/;

/** A function or method of the module itself: `os.environ.get()` is no call of our own `get`, and `@router.get` does not name it. */
const OWN = /^(?:(?:self|cls|[A-Z]\w*)\.)?(\w+)$/;
const FUNCTION_LIKE = /^_?(?:f|fn|func|function|method|meth|callback|handler|wrapped|cls|klass|class_|cls_)_?\d*$/;

const last = (dotted: string): string => dotted.slice(dotted.lastIndexOf('.') + 1);

/** A decorator by its shape: it gives back the function or class that it was given. */
function givesBack(tree: PythonTree, definition: SyntaxNode): boolean {
  const names = childrenOf(definition.getChild('ParamList') ?? definition).filter(({ name }) => name === 'VariableName');
  const parameters = names.map((name) => textOf(tree, name)).filter((name) => FUNCTION_LIKE.test(name));
  const returned = childrenOf(definition.getChild('Body') ?? definition)
    .filter(({ name }) => name === 'ReturnStatement')
    .map((node) => node.getChild('VariableName'));
  return returned.some((name) => name !== null && parameters.includes(textOf(tree, name)));
}

interface Call {
  name: string;
  /** The function that it stands in; undefined: the module, or the body of a class. */
  within: SyntaxNode | undefined;
}

/** Tells of a function whether it runs only while the process starts: what it changes then is the same in each worker. */
export function importTime(tree: PythonTree): (definition: SyntaxNode) => boolean {
  const decorators = new Set<string>();
  const calls: Call[] = [];
  let isRead = false;
  // Only for the few files where something is changed at all.
  const read = (): void => {
    isRead = true;
    walk(tree.root, ['Decorator', 'CallExpression'], (node) => {
      if (node.name === 'Decorator') {
        const [, name] = OWN.exec(/^@\s*([\w.]+)/.exec(textOf(tree, node))?.[1] ?? '') ?? [];
        if (name !== undefined) decorators.add(name);
      }
      const called = node.name === 'CallExpression' ? dottedName(tree, node.firstChild) : null;
      const [, own] = OWN.exec(called ?? '') ?? [];
      if (own !== undefined) calls.push({ name: own, within: around(node, ['FunctionDefinition']) ?? undefined });
      return undefined;
    });
  };
  const answers = new Map<number, boolean>();
  const runs = (definition: SyntaxNode): boolean => {
    const known = answers.get(definition.from);
    if (known !== undefined) return known;
    answers.set(definition.from, true); // Two that call each other hang on who else calls them.
    const answer = looked(definition);
    answers.set(definition.from, answer);
    return answer;
  };
  const looked = (definition: SyntaxNode): boolean => {
    if (!isRead) read();
    const name = nameOf(tree, definition);
    if (BY_NAME.test(name) || decorators.has(name) || givesBack(tree, definition)) return true;
    const outer = around(definition, ['FunctionDefinition', 'ClassDefinition']);
    if (outer?.name === 'FunctionDefinition' && runs(outer)) return true;
    if (outer?.name === 'ClassDefinition') {
      const bases = childrenOf(outer.getChild('ArgList') ?? outer).map((base) => dottedName(tree, base) ?? '');
      if (decorators.has(nameOf(tree, outer)) || bases.some((base) => METACLASS.test(last(base)))) return true;
    }
    const own = calls.filter((call) => call.name === name && call.within?.from !== definition.from);
    return own.length > 0 && own.every(({ within }) => within === undefined || runs(within));
  };
  return runs;
}
