import type { BodyLimit, FileFacts, Reader } from '../../../core/policy/facts.ts';
import { caddyJsonLimits } from './caddy-json.ts';
import { parseCaddyfile, type CaddyLine, type CaddyWord } from './caddy-syntax.ts';
import { isOdooAddress } from './goes-to-odoo.ts';
import { lineIndex, type LineIndex } from '../lines.ts';
import { caddyBytes } from './sizes.ts';
import { withoutControl } from '../template.ts';

const MAX_IMPORTS = 10;

/** `{$NAME:default}` as the default, `{args[0]}` as what the import gives. */
function resolved(word: CaddyWord, args: readonly CaddyWord[]): CaddyWord {
  const given = /^\{args[.[](\d+)\]?\}$/.exec(word.text)?.[1];
  if (given !== undefined) return args[Number(given)] ?? word;
  return { ...word, text: word.text.replace(/\{\$\w+:([^}]*)\}/g, '$1') };
}

interface Site {
  lines: readonly CaddyLine[];
  /** Another file is imported: it may say more. */
  isOpen: boolean;
}

/** The lines with those of the snippets that they import. */
function withImports(
  lines: readonly CaddyLine[],
  snippets: ReadonlyMap<string, CaddyLine>,
  args: readonly CaddyWord[] = [],
  depth = 0,
): Site {
  let isOpen = false;
  const all = lines.flatMap((line): readonly CaddyLine[] => {
    const words = line.words.map((word) => resolved(word, args));
    const [directive, name, ...own] = words;
    if (directive?.text === 'import' && name) {
      const snippet = snippets.get(name.text);
      if (!snippet?.block || depth > MAX_IMPORTS) {
        isOpen = true;
        return [];
      }
      const site = withImports(snippet.block, snippets, own, depth + 1);
      isOpen ||= site.isOpen;
      return site.lines;
    }
    if (!line.block) return [{ ...line, words }];
    const inner = withImports(line.block, snippets, args, depth);
    isOpen ||= inner.isOpen;
    return [{ ...line, words, block: [...inner.lines] }];
  });
  return { lines: all, isOpen };
}

const targets = ({ words, block }: CaddyLine): string[] =>
  [...words.slice(1), ...(block ?? []).filter(({ words: [first] }) => first?.text === 'to').flatMap((line) => line.words.slice(1))]
    .map(({ text }) => text)
    .filter((text) => !/^[/@*]/.test(text));

function siteLimits(head: CaddyLine, { lines, isOpen }: Site, at: LineIndex): BodyLimit[] {
  const found: BodyLimit[] = [];
  const visit = (all: readonly CaddyLine[], outer: readonly CaddyLine[]): void => {
    const bodies = all.filter(({ words: [first] }) => first?.text === 'request_body');
    const sizes = bodies.flatMap(({ block }) => (block ?? []).filter(({ words: [first] }) => first?.text === 'max_size'));
    const limits = [...sizes, ...outer];
    for (const line of all) {
      if (line.block) visit(line.block, limits);
      if (line.words[0]?.text !== 'reverse_proxy' || !targets(line).some(isOdooAddress)) continue;
      const word = limits[0]?.words[1];
      const bytes = word && caddyBytes(word.text);
      if (word && bytes !== undefined)
        found.push({
          product: 'caddy',
          bytes: bytes === 0 ? null : bytes,
          said: true,
          general: false,
          range: at.range(word.start, word.end),
        });
      else if (!word && !isOpen)
        found.push({ product: 'caddy', bytes: null, said: false, general: false, range: at.range(head.words[0]?.start ?? 0, head.end) });
    }
  };
  visit(lines, []);
  return found;
}

function read(path: string, text: string): FileFacts {
  if (path.endsWith('.json')) return caddyJsonLimits(text);
  const steered = withoutControl(text);
  const { lines, problem } = parseCaddyfile(steered ?? text);
  const at = lineIndex(text);
  const snippets = new Map(
    lines.flatMap((line) =>
      /^\(.+\)$/.test(line.words[0]?.text ?? '') ? [[(line.words[0]?.text ?? '').slice(1, -1), line] as const] : [],
    ),
  );
  const rest = lines.filter(({ words: [word] }) => word !== undefined && !/^&?\(/.test(word.text));
  const [first, ...others] = rest;
  // The last site needs no braces: its first line is the address.
  const isBare = first !== undefined && !first.block && others.every(({ words: [word] }) => /^[a-z_]+$/.test(word?.text ?? ''));
  const sites = isBare ? [{ ...first, block: others }] : rest;
  const found = sites.flatMap((site) => siteLimits(site, withImports(site.block ?? [], snippets), at));
  return {
    // Two sites may import one snippet.
    body_limits: [...new Map(found.map((limit) => [JSON.stringify(limit.range), limit])).values()],
    unreadable:
      problem && steered === null
        ? [{ message: `Caddy does not start with it: ${problem.message}`, range: at.range(problem.start, problem.end) }]
        : [],
  };
}

/** Configuration of Caddy, as Caddyfile and as JSON: how large a request to Odoo may be. */
export const caddyReader: Reader = {
  name: 'caddy',
  version: 1,
  reads: (path) =>
    /(?:^|\/)(?:[^/]*caddyfile[^/]*|[^/]*\.caddy(?:\.[^/]+)?|[^/]*caddy[^/]*\.json)$/i.test(path) &&
    !/\.(?:md|sh|ya?ml|py|ts|js)$/.test(path),
  mayTell: (text) => text.includes('reverse_proxy'),
  read,
};
