import { parentOf } from '../../../core/config/paths.ts';
import type { Node } from 'jsonc-parser';
import type { Container, FileFacts, Mount, Reader, Variable, VariableSlot, Word } from '../../../core/policy/facts.ts';
import { isKnown } from '../../../core/policy/odoo/same-folder.ts';
import { imagePin } from './images.ts';
import { jsonFile, type JsonFile } from './json-nodes.ts';
import { fromRoot, isForeign } from './paths.ts';
import { wordsOf, wordsOfList } from './words.ts';

const COMMANDS = ['onCreateCommand', 'postCreateCommand', 'postStartCommand', 'postAttachCommand'];
const REPOSITORY = /^\$\{localWorkspaceFolder\}(?=\/|$)/;

/** `${localEnv:NAME:default}` and the other variables of the format; what stays unknown keeps its dollar sign. */
function filled(text: string, workspaceFolder: string | null, variables: readonly Variable[] = []): string {
  return text
    .replace(/\$\{(?:localEnv|env):\w+:([^}]*)\}/g, '$1')
    .replace(/\$\{containerEnv:(\w+)(?::([^}]*))?\}/g, (whole, name: string, fallback?: string) => {
      return variables.find((variable) => variable.name === name)?.value ?? fallback ?? whole;
    })
    .replace(/\$\{containerWorkspaceFolder\}/g, (whole) => workspaceFolder ?? whole);
}

function variablesOf({ entries, text, range }: JsonFile, node: Node | undefined, fill: (value: string) => string): Variable[] {
  return entries(node).map(({ name, key, value }) => {
    const written = text(value);
    if (!written) return { name, value: null, from: null, range: range(key) };
    const full = fill(written.value);
    const from = /\$\{(?:localEnv|env|containerEnv):(\w+)/.exec(written.value)?.[1] ?? null;
    return { name, value: isKnown(full) ? full : null, from, range: written.value === '' ? range(key) : written.range };
  });
}

/** `source=…,target=…,type=bind`, or the same as an object. */
function mountOf({ text, get }: JsonFile, node: Node | undefined, fill: (value: string) => string): Mount[] {
  const written = text(node)?.value;
  const parts = new Map((written ?? '').split(',').map((part) => [part.split('=')[0]?.trim(), part.slice(part.indexOf('=') + 1)]));
  const part = (...names: string[]): string | undefined =>
    names.map((name) => (written === undefined ? text(get(node, name))?.value : parts.get(name))).find((value) => value !== undefined);
  const target = part('target', 'dst', 'destination');
  const source = part('source', 'src');
  if (target === undefined || !fill(target).startsWith('/') || fill(target).includes('$')) return [];
  const isBind = part('type') !== 'volume' && source !== undefined;
  const path = isBind ? fill(source).replace(REPOSITORY, '.') : '$';
  return [{ source: path.includes('$') ? null : fromRoot(path, ''), target: fill(target) }];
}

function commandWords(json: JsonFile, node: Node | undefined, fill: (value: string) => string): Word[] {
  const { text, items, entries } = json;
  const whole = text(node);
  const found = whole
    ? wordsOf(whole, true)
    : items(node).length > 0
      ? wordsOfList(items(node).flatMap((item) => text(item) ?? []))
      : entries(node).flatMap(({ value }) => commandWords(json, value, fill));
  // Each command is one of its own.
  const last = found.at(-1);
  return last ? [...found.map(({ value, range }) => ({ value: fill(value), range })), { value: ';', range: last.range }] : [];
}

function slotOf({ root, get, entries, position }: JsonFile, text: string): VariableSlot | undefined {
  const [first] = entries(get(root, 'containerEnv'));
  if (!first) return undefined;
  const { offset } = first.key;
  const head = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return { at: position(offset), before: '"', between: '": "', after: /^\s*$/.test(head) ? `",\n${head}` : '", ' };
}

function read(path: string, file: string): FileFacts {
  const json = jsonFile(file);
  const { root, get, text, items, unreadable, range } = json;
  if (root?.type !== 'object') return { unreadable: unreadable.length > 0 ? unreadable : [] };
  const folder = parentOf(path);
  const said = text(get(root, 'workspaceFolder'))?.value ?? null;
  const workspaceFolder = said === null || said.includes('$') ? null : said;
  const plain = (value: string): string =>
    filled(said === null ? value : value.replaceAll(said, workspaceFolder ?? '${containerWorkspaceFolder}'), workspaceFolder);
  const environment = [
    ...variablesOf(json, get(root, 'remoteEnv'), (value) =>
      filled(plain(value), workspaceFolder, variablesOf(json, get(root, 'containerEnv'), plain)),
    ),
    ...variablesOf(json, get(root, 'containerEnv'), plain),
  ];
  const fill = (value: string): string => filled(plain(value), workspaceFolder, environment);
  const compose = get(root, 'dockerComposeFile');
  const composeFiles = [compose, ...items(compose)].flatMap((node) => text(node)?.value ?? []);
  const service = text(get(root, 'service'))?.value;
  const image = text(get(root, 'image'));
  const dockerfile = text(get(root, 'build', 'dockerfile')) ?? text(get(root, 'dockerFile'));
  const context = fromRoot(text(get(root, 'build', 'context'))?.value ?? text(get(root, 'context'))?.value ?? '.', folder);
  const target = text(get(root, 'build', 'target'))?.value;
  const name = get(root, 'name');
  const ownMount = get(root, 'workspaceMount');
  const slot = slotOf(json, file);
  const container: Container = {
    kind: 'devcontainer',
    name: text(name)?.value ?? path,
    range: range(name ?? get(root, 'service') ?? get(root, 'image') ?? { ...root, length: 1 }),
    image: image && { value: plain(image.value), range: image.range },
    build: dockerfile ? { context, dockerfile: fromRoot(dockerfile.value, folder), ...(target !== undefined && { target }) } : null,
    words: COMMANDS.flatMap((command) => commandWords(json, get(root, command), fill)),
    environment,
    ...(slot && { variable_slot: slot }),
    env_files: [],
    mounts: [
      ...items(get(root, 'mounts')).flatMap((node) => mountOf(json, node, fill)),
      ...(ownMount
        ? mountOf(json, ownMount, fill)
        : compose === undefined && workspaceFolder !== null
          ? [{ source: '', target: workspaceFolder }]
          : []),
    ],
    networks: [],
    working_folder: workspaceFolder,
    extends: service === undefined ? null : composeFiles.map((other) => ({ file: fromRoot(other, folder), service })),
  };
  return { containers: [container], unreadable, pins: container.image ? imagePin(container.image) : [] };
}

/** Dev containers. */
export const devcontainerReader: Reader = {
  name: 'devcontainer',
  version: 2,
  reads: (path) => /(?:^|\/)\.?devcontainer\.json$/.test(path) && !isForeign(path),
  read,
};
