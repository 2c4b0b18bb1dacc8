/** The beginning of a value, at most a quarter and four characters of it, and how long it is. */
export function masked(value: string): string {
  const shown = value.slice(0, Math.min(4, Math.floor(value.length / 4))).replace(/[^\x21-\x7e]/g, '?');
  return `"${shown}…" (${value.length} characters)`;
}

/** Takes the default out of `${NAME:-default}`: that is what is written down. */
export function withoutVariable(value: string): string {
  const [, inner] = /^\$\{[A-Za-z_]\w*:?[-=]([^}]*)\}$/.exec(value.trim()) ?? [];
  return inner ?? value.trim();
}

/** Another place is named, or a template engine fills it in. */
const FILLED_IN = [
  /\$\{|\$\(|\$\[|\{\{|\{%|<%|#\{|%\(\w+\)s/,
  // also behind a backslash, for another shell, and before the end of a command of sed
  /^\\*\$[A-Za-z_]\w*[/"'|]?$/,
  // a pattern that values are looked for by
  /\.[*+]|\\[wsdb]/,
  /^(?:%\w+%|@\w+@|__\w+__|<.*>|\[.*\]|\{[\w. ]*\})$/s,
  /^(?:process\.env|import\.meta|os\.(?:environ|getenv)|env[.(]|secrets?\.|vars?\.|var\.|local\.|data\.)/i,
  // ciphertext, and references into secret managers
  /^(?:ENC\[|\$ANSIBLE_VAULT|vault:|op:\/\/|arn:|sm:\/\/|ref\+|gcpsm:|awssm:|keyring:|projects\/[^/]+\/secrets\/|file:|@(?:secret|env|format))/i,
  /^(?:\.{1,2}|~|[A-Za-z]:\\)?\/(?:run|etc|var|secrets?|home|root|opt|usr|tmp|mnt|app|srv|config|certs?|keys?)\b/i,
];

/** Words of whoever writes a template. */
const STANDS_FOR =
  /change[-_ .]?(?:me|this|it|in|please)|replace|placeholder|example|redacted|to[-_ ]?be[-_ ]|your[-_ ]?|^(?:put|insert|enter|set|add|type|generate|fill|use|ask|get|see|paste|define)[-_ ]|[-_ ]here$|goes[-_ ]here|(?:^|[^a-z])(?:dummy|fake|sample|todo|fixme|tbd|mock|invalid|xxx+)(?:[^a-z]|$)|^(?:not|no)[-_ ]|^some[-_ ]?|^(?:dummy|fake|mock|sample)/i;

const NOTHING = new Set([
  '',
  'false',
  'true',
  'none',
  'null',
  'nil',
  'undefined',
  'unset',
  'empty',
  'n/a',
  '~',
  '!',
  '*',
  'yes',
  'no',
  '|',
  '>',
]);

/** What §7.1 allows in a template, and whatever names the place of a value without being it. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  if (NOTHING.has(text.toLowerCase()) || FILLED_IN.some((pattern) => pattern.test(text))) return true;
  // `xxxx`, `****`, `...`, `0000-0000`, `0x00`
  if (new Set(text.toLowerCase().replace(/^0x|[-_. ]/g, '')).size <= 1) return true;
  // `MY_VERY_HARD_PASSWORD`, `N8N_URL`: the name of a value
  if (/^[A-Z]+\d?[A-Z]*(?:_[A-Z]+)+$/.test(text) || STANDS_FOR.test(text) || isSequence(text)) return true;
  const said = fromBase64(text.replace(/^.*[_,]/, ''));
  return said !== null && STANDS_FOR.test(said);
}

/** What base64 says, where it says something that can be read. */
function fromBase64(text: string): string | null {
  if (text.length < 12 || text.length % 4 !== 0 || !/^[A-Za-z\d+/]+={0,2}$/.test(text)) return null;
  const said = atob(text);
  return /^[\x20-\x7e]+$/.test(said) ? said : null;
}

/** `123456`, `abcdefghij`: each character the one after the last. */
function isSequence(text: string): boolean {
  let steps = 0;
  for (let at = 1; at < text.length; at++) if ([1, -9].includes(text.charCodeAt(at) - text.charCodeAt(at - 1))) steps++;
  return text.length >= 3 && steps >= (text.length - 1) * 0.8;
}

/** Bits for each character, by how often it stands there. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, times) => sum - (times / text.length) * Math.log2(times / text.length), 0);
}

/** As a person or a generator makes a password: eight characters and more, of several kinds, no names and no prose. */
export function looksSecret(value: string): boolean {
  if (value.length < 8 || /\s/.test(value) || isPath(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (kinds < 2 && !/^\d{8,}$/.test(value)) return value.length >= 20 && entropy(value) > 3.8 && !isWords(value);
  return !isWords(value);
}

/** As only a generator makes it: to be told from names and words of a program without its place telling anything. */
export function looksRandom(value: string): boolean {
  if (value.length < 16 || value.length > 512 || !/^[\w+/=.~-]+$/.test(value) || isPath(value) || isWords(value)) return false;
  if ((value.match(/\d/g) ?? []).length < 2 || !/[A-Za-z]/.test(value)) return false;
  return entropy(value) >= (/^[0-9a-f-]+$/i.test(value) ? 3 : 3.6);
}

const isPath = (value: string): boolean =>
  /^(?:[./~]|[A-Za-z]:\\|https?:)/.test(value) && /^[\w./:~\\-]+$/.test(value) && /[/\\]\w+[./]/.test(value);

/** `web.base.url`, `odoo-db-secret-2`, `passwordResetToken`, `ir_config_parameter`: words, joined as programs join them. */
function isWords(value: string): boolean {
  const words = value.split(/[-_.:/@ ]+|(?<=[a-z])(?=[A-Z])/);
  const odd = words.filter((word) => !/^(?:[A-Za-z]?[a-z]*|[A-Z]+|[a-z]\d\d[a-z])\d{0,2}$/.test(word) || word.length > 14);
  // Among many words one may be a name: `google-oauth-w9studio-client-secret`.
  if (odd.length > (words.length >= 4 ? 1 : 0) || odd.some((word) => word.length > 10)) return false;
  return words.length > 1 || /^[A-Za-z]+$/.test(value);
}
