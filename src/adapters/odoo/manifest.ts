import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { moduleManifestSchema, type ModuleManifest } from '../../core/repository/module.ts';

/**
 * Reads `__manifest__.py`: one Python dict literal, which Odoo reads with `ast.literal_eval`.
 * A real syntax tree, because manifests hold comments, joined strings and nested literals.
 * @returns undefined where the file holds no dict literal or one that Odoo would not take either
 */
export function parseManifest(text: string): ModuleManifest | undefined {
  const dict = parser.parse(text).topNode.getChild('ExpressionStatement')?.getChild('DictionaryExpression');
  if (!dict) return undefined;
  try {
    const manifest = moduleManifestSchema.safeParse(literal(dict, text));
    return manifest.success ? manifest.data : undefined;
  } catch (error) {
    if (error instanceof NotLiteral) return undefined;
    throw error;
  }
}

class NotLiteral extends Error {}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (!['{', '}', '[', ']', '(', ')', ',', ':', 'Comment'].includes(child.name)) found.push(child);
  }
  return found;
}

function literal(node: SyntaxNode, text: string): unknown {
  const source = text.slice(node.from, node.to);
  switch (node.name) {
    case 'String':
      return stringValue(source);
    case 'ContinuedString':
      return children(node)
        .map((part) => stringValue(text.slice(part.from, part.to)))
        .join('');
    case 'Number':
      return Number(source.replaceAll('_', ''));
    case 'Boolean':
      return source === 'True';
    case 'None':
      return null;
    case 'UnaryExpression':
      return -Number(source.replace('-', ''));
    case 'ParenthesizedExpression': {
      const inner = children(node)[0];
      return inner ? literal(inner, text) : [];
    }
    case 'ArrayExpression':
    case 'TupleExpression':
    case 'SetExpression':
      return children(node).map((child) => literal(child, text));
    case 'DictionaryExpression': {
      const items = children(node);
      const entries: [string, unknown][] = [];
      for (let index = 0; index + 1 < items.length; index += 2) {
        const [key, value] = [items[index], items[index + 1]];
        if (key && value) entries.push([String(literal(key, text)), literal(value, text)]);
      }
      return Object.fromEntries(entries);
    }
    default:
      throw new NotLiteral(node.name);
  }
}

const ESCAPE = /\\([0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/g;

/** `x41`, `u00e9`, `101` as the character that they name; undefined for what Python leaves as it is. */
function character(code: string): string | undefined {
  const number = /^[0-7]/.test(code) ? Number.parseInt(code, 8) : /^[xuU]./.test(code) ? Number.parseInt(code.slice(1), 16) : Number.NaN;
  return number <= 0x10ffff ? String.fromCodePoint(number) : undefined;
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"', '\n': '' };

function stringValue(source: string): string {
  const match = /^([a-zA-Z]*)("""|'''|"|')([\s\S]*)\2$/.exec(source);
  if (!match) throw new NotLiteral('String');
  const [, prefix = '', , body = ''] = match;
  if (/[fF]/.test(prefix)) throw new NotLiteral('FormatString');
  return /[rR]/.test(prefix) ? body : body.replace(ESCAPE, (whole, code: string) => ESCAPES[code] ?? character(code) ?? whole);
}
