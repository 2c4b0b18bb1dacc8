import type { BodyLimit, FileFacts, Reader } from '../../../core/policy/facts.ts';
import { isOdooAddress } from './goes-to-odoo.ts';
import { lineIndex, type LineIndex } from '../lines.ts';
import { parseNginx, type Directive } from './nginx-syntax.ts';
import { nginxBytes } from './sizes.ts';
import { withoutControl } from '../template.ts';

const NAME =
  /(?:^|\/)(?:[^/]*\.(?:conf|nginx|vhost)|[^/]*nginx[^/]*|(?:sites-(?:available|enabled)|nginx|conf\.d)\/[^/]+)(?:\.(?:template|tmpl|tpl|j2|jinja2?|example|sample|dist|in))*$/i;
const OTHER_FORMAT = /\.(?:ya?ml|json|md|rst|txt|sh|py|js|ts|xml|html?|service|toml|cfg|env|dockerfile)$|(?:^|\/)dockerfile[^/]*$/i;

const DEFAULT_BYTES = 2 ** 20;
/** Files that are included everywhere and say nothing of sizes. */
const HARMLESS_INCLUDE = /mime\.types|_params|ssl|letsencrypt|modules-enabled|\/modules\//;

/** `set $odoo http://odoo:8069` and `upstream odoo { server … }`: what a name stands for. */
function namesOf(directives: readonly Directive[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  const visit = (all: readonly Directive[]): void => {
    for (const { name, words, block } of all) {
      const [first, second] = words;
      if (name === 'set' && first && second) names.set(first.text, [second.text]);
      if (name === 'upstream' && first && block) {
        names.set(
          first.text,
          block.filter((inner) => inner.name === 'server').map((inner) => inner.words[0]?.text ?? ''),
        );
      } else if (block) visit(block);
    }
  };
  visit(directives);
  return names;
}

function goesToOdoo(target: string, names: ReadonlyMap<string, string[]>): boolean {
  const plain = target.replace(/\$\{?(\w+)\}?/g, (variable, name: string) => names.get(`$${name}`)?.[0] ?? variable);
  const host = plain.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  const servers = names.get(host);
  // One for the chat may well be called odoo-something and go to the other port.
  return servers?.length
    ? servers.some((server) => isOdooAddress(server) || (isOdooAddress(host) && !/:\d/.test(server)))
    : isOdooAddress(plain);
}

interface Scope {
  /** Innermost first. */
  limits: readonly Directive[];
  /** A file that may say more is included. */
  isOpen: boolean;
  server: Directive | null;
}

function limitsOf(directives: readonly Directive[], at: LineIndex): BodyLimit[] {
  const names = namesOf(directives);
  const found = new Map<number, BodyLimit>();
  const said = (limit: Directive, general: boolean): void => {
    const [word] = limit.words;
    const bytes = word && nginxBytes(word.text);
    if (word && bytes !== undefined)
      found.set(limit.start, {
        product: 'nginx',
        bytes: bytes === 0 ? null : bytes,
        said: true,
        general,
        range: at.range(word.start, word.end),
      });
  };
  const visit = (all: readonly Directive[], outer: Scope): void => {
    const own = all.filter(({ name }) => name === 'client_max_body_size');
    const isOpen = outer.isOpen || all.some(({ name, words }) => name === 'include' && !HARMLESS_INCLUDE.test(words[0]?.text ?? ''));
    const limits = [...own, ...outer.limits];
    for (const directive of all) {
      const { name, words, block } = directive;
      if (block) visit(block, { limits, isOpen, server: name === 'server' ? directive : outer.server });
      if (name !== 'proxy_pass' || !goesToOdoo(words[0]?.text ?? '', names)) continue;
      const [limit] = limits;
      if (limit) said(limit, false);
      else if (outer.server && !isOpen)
        found.set(outer.server.start, {
          product: 'nginx',
          bytes: DEFAULT_BYTES,
          said: false,
          general: false,
          range: at.range(outer.server.start, outer.server.end),
        });
    }
  };
  visit(directives, { limits: [], isOpen: false, server: null });
  const http = directives.flatMap((directive) => (directive.name === 'http' ? (directive.block ?? []) : [directive]));
  for (const limit of http) if (limit.name === 'client_max_body_size' && !found.has(limit.start)) said(limit, true);
  return [...found.values()];
}

function read(path: string, text: string): FileFacts {
  const steered = withoutControl(text);
  // `{{ port }}` is a word, and no block in a block.
  const plain = (steered ?? text).replace(/\{\{.*?\}\}/g, (value) => '$'.padEnd(value.length, '_'));
  const { directives, problem } = parseNginx(plain);
  const at = lineIndex(text);
  const isTemplate = plain !== text || /\.(?:template|tmpl|tpl|j2|jinja2?|in)$/.test(path);
  return {
    body_limits: limitsOf(directives, at),
    unreadable:
      problem && !isTemplate
        ? [{ message: `nginx does not start with it: ${problem.message}`, range: at.range(problem.start, problem.end) }]
        : [],
  };
}

/** Configuration of nginx: how large a request to Odoo may be. */
export const nginxReader: Reader = {
  name: 'nginx',
  version: 1,
  reads: (path) => NAME.test(path) && !OTHER_FORMAT.test(path),
  mayTell: (text) => /^[^#\n]*\b(?:proxy_pass|client_max_body_size)\s/m.test(text),
  read,
};
