/** A text with its variables filled in. */
export interface Interpolated {
  /** What stays unknown stands as it was written. */
  value: string;
  /** True where nothing of it depends on the machine. */
  isKnown: boolean;
  /** The first variable that it takes anything from. */
  from: string | null;
}

const VARIABLE = /\$(?:(?<escaped>\$)|(?<plain>[A-Za-z_]\w*)|\{(?<name>[A-Za-z_]\w*)(?:(?<operator>:?[-?+=])|(?=\})))/y;

function endOfBraces(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

/**
 * `${NAME:-default}`, `${NAME-default}`, `$NAME` as Compose, shells, dotenv and Dockerfiles read them; defaults may hold others.
 * @param lookup what is known of a variable: undefined for nothing
 * @param dollars `$$` is a dollar sign, which a shell may still read before a name: that is not known
 */
export function interpolate(text: string, lookup: (name: string) => string | undefined = () => undefined, dollars = true): Interpolated {
  if (!text.includes('$')) return { value: text, isKnown: true, from: null };
  let [value, isKnown, from, at] = ['', true, null as string | null, 0];
  while (at < text.length) {
    VARIABLE.lastIndex = at;
    const match = text[at] === '$' ? VARIABLE.exec(text) : null;
    const { escaped, plain, name = plain, operator } = match?.groups ?? {};
    if (!match) value += text[at++] ?? '';
    else if (escaped !== undefined && dollars) {
      value += '$';
      at += 2;
      if (/[\w{(]/.test(text[at] ?? '')) isKnown = false;
    } else if (name === undefined) value += text[at++] ?? '';
    else {
      const inner = at + match[0].length;
      const end = plain !== undefined ? inner - 1 : endOfBraces(text, inner);
      if (end === -1) return { value: value + text.slice(at), isKnown: false, from: from ?? name };
      from ??= name;
      const set = lookup(name);
      const isSet = set !== undefined && (set !== '' || operator?.startsWith(':') !== true);
      if (isSet && operator?.endsWith('+') !== true) value += set;
      else if (operator === ':-' || operator === '-' || operator === ':=' || operator === '=') {
        const fallback = interpolate(text.slice(inner, end), lookup, dollars);
        value += fallback.value;
        isKnown &&= fallback.isKnown;
      } else {
        value += text.slice(at, end + 1);
        isKnown = false;
      }
      at = end + 1;
    }
  }
  return { value, isKnown, from };
}
