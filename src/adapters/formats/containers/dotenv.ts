import type { FileFacts, Reader, Variable } from '../../../core/policy/facts.ts';
import { addonsPathText, mayNameAddonsPath } from './addons-paths.ts';
import { interpolate } from './interpolate.ts';
import { lineIndex } from '../lines.ts';
import { isForeign } from './paths.ts';

const LINE = /^[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_][\w.]*)[ \t]*=[ \t]*/;
const QUOTED = /(?:"(?<double>(?:[^"\\]|\\[^])*)"|'(?<single>[^']*)')[ \t]*(?:#[^\n]*)?\r?(?=\n|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

interface Assignment {
  name: string;
  value: string;
  isLiteral: boolean;
  from: number;
  to: number;
  nameAt: number;
}

/** `NAME=value`, quoted or not, over several lines in quotes; comments and anything else are passed over. */
function* assignments(text: string): Generator<Assignment> {
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(at, end).replace(/\r$/, '');
    const match = LINE.exec(line);
    const name = match?.groups?.['name'];
    if (!match || name === undefined) {
      at = end + 1;
      continue;
    }
    const nameAt = at + match[0].indexOf(name);
    const start = at + match[0].length;
    QUOTED.lastIndex = start;
    const { double, single } = QUOTED.exec(text)?.groups ?? {};
    const quoted = double ?? single;
    if (quoted === undefined) {
      const value = line
        .slice(match[0].length)
        .replace(/(?:^|[ \t]+)#.*$/, '')
        .trimEnd();
      yield { name, value, isLiteral: false, from: start, to: start + value.length, nameAt };
      at = end + 1;
    } else {
      const value = double === undefined ? quoted : double.replace(/\\([^])/g, (_, char: string) => ESCAPES[char] ?? char);
      yield { name, value, isLiteral: double === undefined, from: start + 1, to: start + 1 + quoted.length, nameAt };
      const close = text.indexOf('\n', start + quoted.length + 2);
      at = close === -1 ? text.length : close + 1;
    }
  }
}

function read(_: string, text: string): FileFacts {
  const at = lineIndex(text);
  const known = new Map<string, string>();
  const variables = [...assignments(text)].map(({ name, value: written, isLiteral, from, to, nameAt }): Variable => {
    const filled = isLiteral ? { value: written, isKnown: true, from: null } : interpolate(written, (other) => known.get(other), false);
    if (filled.isKnown) known.set(name, filled.value);
    const range = written === '' ? at.range(nameAt, nameAt + name.length) : at.range(from, to);
    return { name, value: filled.isKnown ? filled.value : null, from: filled.from, range };
  });
  const addons = mayNameAddonsPath(text) ? variables.filter(({ name }) => name === 'ODOO_ADDONS_PATH') : [];
  return { variables, addons_paths: addons.flatMap(({ value, range }) => (value === null ? [] : addonsPathText(value, range))) };
}

/** `.env` files and their templates, as Compose and shells read them. */
export const dotenvReader: Reader = {
  name: 'dotenv',
  version: 1,
  reads: (path) =>
    /(?:^|\/)(?:\.env(?:[._-][^/]*)?|[^/]+\.env(?:\.(?:template|example|sample|dist|tmpl))?)$/.test(path) && !isForeign(path),
  mayTell: (text) => text.includes('='),
  read,
};
