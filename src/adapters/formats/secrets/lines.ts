import type { Reader } from '../../../core/policy/facts.ts';
import type { SecretFact } from '../../../core/policy/secrets/facts.ts';
import { secretIn, type Scope } from '../../../core/policy/secrets/judgement.ts';
import { CONNECTION, MAY_ASSIGN } from '../../../core/policy/secrets/name.ts';
import { isQuiet, withoutTemplate } from '../../../core/policy/secrets/path.ts';
import { lineIndex } from '../lines.ts';

const ENV = /(?:^|\/)(?:\.?env(?:rc)?(?:\.[\w.-]+)?|[^/]*\.env(?:\.[\w-]+)?|Dockerfile[\w.-]*|[\w.-]+\.dockerfile)$/i;
const CONF = /\.(?:conf|cfg|ini|properties|toml|config)$|(?:^|\/)\.?(?:odoo|openerp|openerp-server|pypi|my)rc?$/i;
const SHELL = /\.(?:sh|bash|zsh|fish|ps1|bat|service)$|(?:^|\/)(?:Makefile|justfile|Procfile|entrypoint|\.bashrc)$/i;

const kindOf = (path: string): 'env' | 'conf' | 'shell' | null => {
  if (isQuiet(path)) return null;
  const plain = withoutTemplate(path);
  if (ENV.test(path) || ENV.test(plain)) return /\.(?:py|[jt]sx?|rst|md|json|ya?ml|txt|html|xml)$/.test(plain) ? null : 'env';
  if (CONF.test(plain)) return 'conf';
  return SHELL.test(plain) ? 'shell' : null;
};

/** One assignment in a line; the value is what stands behind it, quotes and all. */
const ASSIGNMENT = {
  env: /^[ \t]*(?:(?:export|ENV|ARG|set)[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*(?:[=:]|[ \t])[ \t]*(.+)$/,
  conf: /^[ \t]*["']?([A-Za-z_][\w.-]*)["']?[ \t]*[=:][ \t]*(.+)$/,
  shell: /^[ \t]*(?:(?:export|local|readonly|declare|set|ENVIRONMENT|Environment=)[ \t"']*)?\$?([A-Za-z_]\w*)=(.+)$/i,
};
/** `--db_password=…`, `--smtp-password …`: options of Odoo, in any line that starts it */
const OPTION = /--((?:db|smtp|admin)[_-]passw(?:or)?d)[= ]["']?([^\s"',\]]+)/g;
/** More than one in a line of a Dockerfile or a shell: `ENV A=1 B=2`, `PGPASSWORD=… psql`. */
const MORE = /(?:^|[\s;&|"'(])([A-Z_][A-Z\d_]*)=("[^"\n]*"|'[^'\n]*'|[^\s;&|"')]+)/g;

/** A value without its quotes, and the comment behind it. */
export function unquoted(written: string, comments: boolean): { value: string; skipped: number } {
  const [, quote, inner] = /^(["'])(.*?)\1/.exec(written) ?? [];
  if (quote !== undefined) return { value: inner ?? '', skipped: 1 };
  return { value: (comments ? written.replace(/[ \t]+[#;].*$/, '') : written).trimEnd().replace(/[ \t]*(?:\\n)*\\?$/, ''), skipped: 0 };
}

function secretsOfLines(path: string, text: string): SecretFact[] {
  const kind = kindOf(path);
  if (kind === null) return [];
  const at = lineIndex(text);
  const scope: Scope = kind === 'shell' ? 'configuration' : 'environment';
  const found = new Map<number, SecretFact>();
  const look = (name: string, written: string, offset: number): void => {
    const { value, skipped } = unquoted(written, kind !== 'conf');
    const from = offset + skipped;
    const [fact] = secretIn(kind === 'conf' ? 'conf' : 'environment', scope, name, value, () => at.range(from, from + value.length));
    if (fact && !found.has(from)) found.set(from, fact);
  };
  let offset = 0;
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    // Long lines are data. A comment of an example file tells what to write, or what was there: it is read as well.
    if (line.length <= 4000 && (MAY_ASSIGN.test(line) || CONNECTION.test(line))) {
      const body = line.replace(/^([ \t]*)[#;]+/, (marks) => ' '.repeat(marks.length));
      const assigned = ASSIGNMENT[kind].exec(body);
      if (assigned?.[1] !== undefined && assigned[2] !== undefined && (kind !== 'env' || body === line || body.includes('='))) {
        look(assigned[1], assigned[2], offset + line.length - assigned[2].length);
      }
      for (const match of line.matchAll(OPTION))
        look(match[1] ?? '', match[2] ?? '', offset + match.index + match[0].length - (match[2] ?? '').length);
      if (kind !== 'conf') {
        for (const match of body.matchAll(MORE))
          look(match[1] ?? '', match[2] ?? '', offset + match.index + match[0].length - (match[2] ?? '').length);
      }
    }
    offset += raw.length + 1;
  }
  return [...found.values()];
}

/** Secrets in `.env` files, odoo.conf and its like, Dockerfiles and shell scripts; templates of them as well. */
export const secretLinesReader: Reader = {
  name: 'secret-lines',
  version: 1,
  everywhere: true,
  reads: (path) => kindOf(path) !== null,
  mayTell: (text) => MAY_ASSIGN.test(text) || CONNECTION.test(text),
  read: (path, text) => ({ secrets: secretsOfLines(path, text) }),
};
