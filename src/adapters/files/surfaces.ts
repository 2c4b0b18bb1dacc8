import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Pair, type YAMLMap } from 'yaml';
import type { Stage } from '../../core/config/schema.ts';
import type { AddonsPathStatement } from '../../core/policy/addons-path-order.ts';
import type { Range } from '../../core/policy/finding.ts';
import type { StageStatement } from '../../core/policy/odoo-stage.ts';

/** The files of §5.2 that may name the addons path: where a check looks. */
export function isSurface(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/(^|\/)(node_modules|static|i18n|tests?)\//.test(path)) return false;
  return (
    isCompose(path) ||
    /^Dockerfile|\.Dockerfile$|^devcontainer\.json$|\.conf(?:\.template|\.j2)?$|^\.env(?:\..*)?\.template$|^Procfile$/.test(name) ||
    (/^(?:deploy|deployment|k8s|kubernetes|helm|infra|docker|\.github|\.devcontainer)\//.test(path) && /\.ya?ml$/.test(name)) ||
    (/^(?:docs\/|[^/]*$)/.test(path) && name.endsWith('.md'))
  );
}

export const isCompose = (path: string): boolean => /(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/.test(path);

// The option, Odoo's own key in a configuration file, and the variable that Odoo 19 reads for it.
const STATEMENTS = [
  /--addons-path(?:=|[ \t]+|["'],[ \t]*["'])["']?(?<paths>[^\s"'`\]]+)/g,
  /^[ \t]*addons_path[ \t]*=[ \t]*(?<paths>[^\n]*(?:\n[ \t]+[^\n]+)*)/gm,
  /\bODOO_ADDONS_PATH["']?[ \t]*[=:][ \t]*["']?(?<paths>[^\s"'`]+)/g,
];

function rangeOf(text: string, start: number, length: number): Range {
  const position = (offset: number) => {
    const before = text.slice(0, offset);
    return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
  };
  return { start: position(start), end: position(start + length) };
}

/** True in a line that is a comment; in Markdown a `#` makes a heading. */
function isCommented(file: string, text: string, offset: number): boolean {
  return !file.endsWith('.md') && /^[ \t]*(?:#|;|\/\/)/.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset));
}

/** Every place in a file that tells Odoo its addons path; placeholders such as `<path>` or `$ADDONS` say nothing. */
export function addonsPathStatements(file: string, text: string): AddonsPathStatement[] {
  return STATEMENTS.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const value = (match.groups?.['paths'] ?? '').trim();
      const unknown = /[<>]|\{\{|\.\.\.|…|\$(?!\{(?:containerWorkspaceFolder|workspaceFolder|PWD)\})|\{(?=[a-z_,]+\})/.test(
        value.replace(/\$\{(?:containerWorkspaceFolder|workspaceFolder|PWD)\}/g, ''),
      );
      if (value === '' || unknown || isCommented(file, text, match.index)) return [];
      const start = match.index + match[0].indexOf(value);
      const paths = value
        .split(/[,\n]/)
        .map((path) => path.trim())
        .filter((path) => path !== '');
      return [{ file, range: rangeOf(text, start, value.length), paths }];
    }),
  );
}

/** The stage that a file is for, by the words of its path. */
function stageOfPath(path: string): Stage | null {
  const words = path.toLowerCase().split(/[^a-z]+/);
  if (words.some((word) => word === 'production' || word === 'prod')) return 'production';
  if (words.includes('staging') || words.includes('stage')) return 'staging';
  if (words.some((word) => ['dev', 'development', 'devcontainer', 'local'].includes(word))) return 'development';
  return null;
}

/** `${ODOO_STAGE:-staging}` as `staging`; undefined where only the machine knows. */
function substituted(value: string): string | undefined {
  const match = /^\$\{[A-Za-z_]\w*:?-([^}]*)\}$/.exec(value);
  if (match) return match[1];
  return value.includes('$') ? undefined : value;
}

/** What an alias (`*odoo`) stands for; anything else is itself. */
const resolved = (node: unknown, document: Document): unknown => (isAlias(node) ? node.resolve(document) : node);

/** The pairs of a map and then those of the maps that it merges (`<<: *odoo`), as compose files share what services have in common. */
function pairsOf(map: YAMLMap, document: Document): Pair[] {
  const merged = map.items
    .filter(({ key }) => isScalar(key) && key.source === '<<')
    .flatMap(({ value }) => {
      const sources = resolved(value, document);
      return (isSeq(sources) ? sources.items : [sources]).map((item) => resolved(item, document)).filter((item) => isMap(item));
    });
  return [...map.items, ...merged.flatMap((item) => pairsOf(item, document))];
}

function valueOf(map: YAMLMap, name: string, document: Document): unknown {
  return resolved(pairsOf(map, document).find(({ key }) => isScalar(key) && key.value === name)?.value, document);
}

/** What compose services that run Odoo say of `ODOO_STAGE` (§3.2). */
export function stageStatements(file: string, text: string): StageStatement[] {
  if (!isCompose(file)) return [];
  const document = parseDocument(text);
  const services = isMap(document.contents) ? valueOf(document.contents, 'services', document) : null;
  if (document.errors.length > 0 || !isMap(services)) return [];
  return pairsOf(services, document).flatMap(({ key, value: node }): StageStatement[] => {
    const service = resolved(node, document);
    if (!isScalar(key) || !isMap(service) || !runsOdoo(service, document)) return [];
    const { value, offset } = stageOf(service, document);
    const [from, to] = offset ?? [key.range?.[0] ?? 0, key.range?.[1] ?? 0];
    return [{ file, range: rangeOf(text, from, to - from), service: `Service ${String(key.value)}`, value, expected: stageOfPath(file) }];
  });
}

function runsOdoo(service: YAMLMap, document: Document): boolean {
  const image = valueOf(service, 'image', document);
  const command = JSON.stringify([valueOf(service, 'command', document), valueOf(service, 'entrypoint', document)]);
  return (
    (isScalar(image) && /(?:^|\/)odoo(?:[:@]|$)/.test(String(image.value))) ||
    /\bodoo(?:-bin)?\b/.test(command) ||
    stageOf(service, document).value !== null
  );
}

function stageOf(service: YAMLMap, document: Document): { value: string | null | undefined; offset: [number, number] | null } {
  const environment = valueOf(service, 'environment', document);
  if (isMap(environment)) {
    const pair = pairsOf(environment, document).find(({ key }) => isScalar(key) && key.value === 'ODOO_STAGE');
    const scalar = resolved(pair?.value, document);
    if (!isScalar(scalar)) return { value: null, offset: null };
    return {
      value: typeof scalar.value === 'string' ? substituted(scalar.value) : undefined,
      offset: scalar.range ? [scalar.range[0], scalar.range[1]] : null,
    };
  }
  const items = isSeq(environment) ? environment.items.map((item) => resolved(item, document)).filter(isScalar) : [];
  const item = items.find(({ value }) => /^ODOO_STAGE(?:=|$)/.test(String(value)));
  if (!item) return { value: null, offset: null };
  const [, value] = String(item.value).split('=');
  return { value: value === undefined ? undefined : substituted(value), offset: item.range ? [item.range[0], item.range[1]] : null };
}
