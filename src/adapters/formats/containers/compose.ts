import { parentOf, nameOf } from '../../../core/config/paths.ts';
import { isMap } from 'yaml';
import type { Container, FileFacts, Network, Reader, Variable, Word } from '../../../core/policy/facts.ts';
import { mountsOf } from './compose-mounts.ts';
import { imagePin } from './images.ts';
import { interpolate } from './interpolate.ts';
import { fromRoot, isForeign } from './paths.ts';
import { variableSlot } from './variable-slot.ts';
import { wordsOfCommand, wordsOfList, type Placed } from './words.ts';
import { yamlDocuments, type Entry, type YamlDocument } from './yaml-nodes.ts';

const NAMED = /^(?:docker-|podman-)?(?:compose|stack)(?:[-._][^/]*)?\.ya?ml$/;
const ENVIRONMENT = { key: 'environment', between: '=', item: '- ' };

function filled({ value, range }: Placed): Word {
  return { value: interpolate(value).value, range };
}

/** A variable with the value that the file gives; without one it is handed through from the machine. */
function variable(name: string, value: Placed | null, key: Word['range']): Variable {
  if (value === null) return { name, value: null, from: name, range: key };
  const { value: text, isKnown, from } = interpolate(value.value);
  return { name, value: isKnown ? text : null, from, range: value.value === '' ? key : value.range };
}

function environmentOf({ entries, items, text }: YamlDocument, node: unknown): Variable[] {
  const listed = items(node).flatMap((item) => {
    const written = text(item);
    if (!written) return [];
    const [, name = '', equals] = /^([^=]*)(=?)/s.exec(written.value) ?? [];
    const from = name.length + 1;
    const value: Placed | null =
      equals === '' ? null : { ...written, value: written.value.slice(from), range: written.part(from, written.value.length) };
    return [variable(name.trim(), value, written.range)];
  });
  return [...entries(node).map(({ name, key, value }) => variable(name, text(value), key)), ...listed];
}

function commandOf({ items, text }: YamlDocument, node: unknown): Word[] {
  const whole = text(node);
  if (whole) return wordsOfCommand(whole, { compose: true });
  return wordsOfList(
    items(node).flatMap((item) => text(item) ?? []),
    { compose: true },
  );
}

function buildOf({ get, text }: YamlDocument, node: unknown, folder: string): Container['build'] {
  const context = text(node) ?? text(get(node, 'context')) ?? (isMap(node) ? { value: '.' } : null);
  if (!context || /^\w+:\/\/|^git@|\$/.test(interpolate(context.value).value)) return null;
  const root = fromRoot(interpolate(context.value).value, folder);
  const target = text(get(node, 'target'));
  return {
    context: root,
    dockerfile: fromRoot(interpolate(text(get(node, 'dockerfile'))?.value ?? 'Dockerfile').value, root),
    ...(target && { target: interpolate(target.value).value }),
  };
}

function extendsOf({ get, text }: YamlDocument, node: unknown, path: string): Container['extends'] {
  const own = text(node)?.value;
  if (own !== undefined) return [{ file: path, service: own }];
  const service = text(get(node, 'service'))?.value;
  const file = text(get(node, 'file'))?.value;
  return service === undefined ? null : [{ file: file === undefined ? path : fromRoot(file, parentOf(path)), service }];
}

/** A text, or a list of texts or of maps with `path`. */
function envFilesOf({ get, items, text }: YamlDocument, node: unknown, folder: string): Word[] {
  return [node, ...items(node)].flatMap((item) => {
    const written = text(item) ?? text(get(item, 'path'));
    if (!written) return [];
    const { value, range } = filled(written);
    return [{ value: fromRoot(value, folder), range }];
  });
}

function serviceOf(document: YamlDocument, { name, key, value }: Entry, path: string, file: string): Container {
  const { get, entries, items, text, follow } = document;
  const service = follow(value);
  const folder = parentOf(path);
  const image = text(get(service, 'image'));
  const networks = get(service, 'networks');
  const own = entries(service).find((entry) => entry.name === 'environment');
  // What is shared by an anchor is not one service's alone.
  const isShared = service !== value || own?.offset === null || follow(own?.value) !== own?.value;
  const isNamed = [service, own?.value].some((node) => isMap(node) && node.anchor !== undefined);
  const slot =
    isMap(service) && !isShared && !isNamed ? variableSlot(document.position, file, own?.value, service, ENVIRONMENT) : undefined;
  const folderInside = text(get(service, 'working_dir'))?.value;
  return {
    kind: 'compose',
    name,
    range: key,
    image: image && filled(image),
    build: buildOf(document, get(service, 'build'), folder),
    words: ['entrypoint', 'command'].flatMap((part) => commandOf(document, get(service, part))),
    environment: environmentOf(document, get(service, 'environment')),
    ...(slot && { variable_slot: slot }),
    env_files: envFilesOf(document, get(service, 'env_file'), folder),
    mounts: mountsOf(document, service, folder),
    networks: [
      ...entries(networks).map((entry) => ({ value: entry.name, range: entry.key })),
      ...items(networks)
        .flatMap((item) => text(item) ?? [])
        .map(filled),
    ],
    working_folder: folderInside === undefined ? null : interpolate(folderInside).value,
    extends: extendsOf(document, get(service, 'extends'), path),
  };
}

function networkOf({ get, text, entries }: YamlDocument, { name, key, value }: Entry): Network {
  const external = get(value, 'external');
  const isExternal = text(external)?.value === 'true' || entries(external).length > 0;
  const named = text(get(value, 'name')) ?? text(get(external, 'name'));
  return {
    name,
    outer_name: named ? interpolate(named.value).value : isExternal ? name : null,
    internal: text(get(value, 'internal'))?.value === 'true',
    range: key,
  };
}

/** @param isCertain the file is called as one of Compose: then it must be readable */
export function composeFacts(path: string, file: string, isCertain = true): FileFacts {
  const { documents, unreadable } = yamlDocuments(file);
  const [document] = documents;
  if (!document) return isCertain && !file.includes('{{') ? { unreadable } : {};
  const { get, entries, root } = document;
  const services = entries(get(root, 'services')).filter(({ value }) => isMap(document.follow(value)));
  const starts = (name: string): boolean => services.some(({ value }) => get(value, name) !== undefined);
  if (!isCertain && !['image', 'build', 'extends'].some(starts)) return {};
  const containers = services.map((entry) => serviceOf(document, entry, path, file));
  return {
    containers,
    networks: entries(get(root, 'networks')).map((entry) => networkOf(document, entry)),
    // An image that is built here only gets its name here.
    pins: containers.flatMap(({ image, build }) => (image && !build ? imagePin(image) : [])),
  };
}

/** Compose and Swarm files, also those that are called otherwise and hold services with images. */
export const composeReader: Reader = {
  name: 'compose',
  version: 2,
  reads: (path) => /\.ya?ml$/.test(path) && !isForeign(path) && !/(?:^|\/)\.(?:github|gitlab)\//.test(path),
  mayTell: (text) => /^["']?(?:services|networks)["']?[ \t]*:/m.test(text) || text.startsWith('{'),
  read: (path, text) => composeFacts(path, text, NAMED.test(nameOf(path))),
};
