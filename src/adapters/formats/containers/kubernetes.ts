import { isMap, isScalar } from 'yaml';
import type { Container, FileFacts, Mount, Reader, Variable, Word } from '../../../core/policy/facts.ts';
import { configMapOf, type Manifest } from './config-map.ts';
import { imagePin } from './images.ts';
import { isForeign } from './paths.ts';
import { variableSlot } from './variable-slot.ts';
import { wordsOfList } from './words.ts';
import { yamlDocuments } from './yaml-nodes.ts';

/** Where the pod stands in a workload. */
const POD: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};
const ENVIRONMENT = { key: 'env', between: (indent: string) => `\n${indent}  value: `, item: '- name: ' };

function environmentOf({ get, items, text, range, entries }: Manifest, container: unknown): Variable[] {
  return items(get(container, 'env')).flatMap((item): Variable[] => {
    const name = text(get(item, 'name'));
    if (!name) return [];
    const value = text(get(item, 'value'));
    const from = get(item, 'valueFrom');
    const [source] = entries(from);
    if (!source) return [{ name: name.value, value: value?.value ?? '', from: null, range: value?.value ? value.range : name.range }];
    const parts = ['name', 'key'].flatMap((part) => text(get(source.value, part))?.value ?? []);
    return [
      { name: name.value, value: null, from: parts.join('/') || source.name, range: range(get(source.value, 'key') ?? get(item, 'name')) },
    ];
  });
}

/** `$(NAME)` as Kubernetes fills it in. */
function withVariables(words: readonly Word[], environment: readonly Variable[]): Word[] {
  const known = new Map(environment.map(({ name, value }) => [name, value]));
  return words.map(({ value, range }) => ({
    value: value.replace(/\$\((\w+)\)/g, (whole, name: string) => known.get(name) ?? whole),
    range,
  }));
}

function mountsOf({ get, items, text, path }: Manifest, pod: unknown, container: unknown, confs: ReadonlyMap<string, string>): Mount[] {
  const volumes = new Map(items(get(pod, 'volumes')).map((volume) => [text(get(volume, 'name'))?.value, volume]));
  return items(get(container, 'volumeMounts')).flatMap((mount) => {
    const target = text(get(mount, 'mountPath'))?.value;
    if (target?.startsWith('/') !== true) return [];
    const volume = volumes.get(text(get(mount, 'name'))?.value);
    const host = text(get(get(volume, 'hostPath'), 'path'))?.value;
    const key = confs.get(text(get(get(volume, 'configMap'), 'name'))?.value ?? '');
    // An odoo.conf in a ConfigMap of this file is this file.
    if (key === undefined) return [{ source: host ?? null, target }];
    const isFile = text(get(mount, 'subPath')) !== null;
    return [{ source: path, target: isFile ? target : `${target.replace(/\/$/, '')}/${key}` }];
  });
}

function containersOf(manifest: Manifest, workload: unknown, confs: ReadonlyMap<string, string>): Container[] {
  const { get, items, text, range, file, follow } = manifest;
  const steps = POD[text(get(workload, 'kind'))?.value ?? ''];
  const pod = steps?.reduce(get, workload);
  const name = text(get(get(workload, 'metadata'), 'name'))?.value ?? '';
  const all = ['initContainers', 'containers'].flatMap((kind) => items(get(pod, kind)));
  return all.flatMap((node): Container[] => {
    const container = follow(node);
    if (!isMap(container)) return [];
    const own = text(get(container, 'name'));
    const image = text(get(container, 'image'));
    const environment = environmentOf(manifest, container);
    const env = container.items.find(({ key }) => isScalar(key) && key.value === 'env')?.value;
    const slot = container === node ? variableSlot(manifest.position, file, env ?? undefined, container, ENVIRONMENT) : undefined;
    const words = ['command', 'args'].flatMap((part) => wordsOfList(items(get(container, part)).flatMap((item) => text(item) ?? [])));
    return [
      {
        kind: 'kubernetes',
        name: all.length > 1 ? `${name}/${own?.value ?? ''}` : name,
        range: own?.range ?? range(container),
        image: image && { value: image.value, range: image.range },
        build: null,
        words: withVariables(words, environment),
        environment,
        ...(slot && { variable_slot: slot }),
        env_files: [],
        env_from: items(get(container, 'envFrom')).flatMap((item) => {
          const from = text(get(get(item, 'configMapRef') ?? get(item, 'secretRef'), 'name'));
          return from ? [{ value: from.value, range: from.range }] : [];
        }),
        mounts: mountsOf(manifest, pod, container, confs),
        networks: [],
        working_folder: text(get(container, 'workingDir'))?.value ?? null,
        extends: null,
      },
    ];
  });
}

function read(path: string, file: string): FileFacts {
  const { documents, unreadable } = yamlDocuments(file);
  // A template of Helm is no YAML before Helm has filled it in.
  if (unreadable.length > 0) return file.includes('{{') ? {} : { unreadable };
  const manifests = documents.map((document): Manifest => ({ ...document, path, file }));
  const all = manifests.flatMap((manifest) => {
    const { get, items, text, root } = manifest;
    const isList = text(get(root, 'kind'))?.value === 'List';
    return (isList ? items(get(root, 'items')) : [root]).map((workload) => ({ manifest, workload }));
  });
  const maps = all.flatMap(({ manifest, workload }) => configMapOf(manifest, workload) ?? []);
  const keys = new Map(maps.flatMap(({ map, confs }) => confs.slice(0, 1).map(([key]) => [map.name, key] as const)));
  const containers = all.flatMap(({ manifest, workload }) => containersOf(manifest, workload, keys));
  return {
    containers,
    config_maps: maps.map(({ map }) => map).filter(({ variables }) => variables.length > 0),
    confs: maps.flatMap(({ confs }) => confs.flatMap(([, found]) => found)),
    pins: containers.flatMap(({ image }) => (image ? imagePin(image) : [])),
  };
}

/** Manifests of Kubernetes: workloads, and ConfigMaps that hold variables or an odoo.conf. */
export const kubernetesReader: Reader = {
  name: 'kubernetes',
  version: 1,
  reads: (path) => /\.ya?ml$/.test(path) && !isForeign(path) && !path.includes('.github/'),
  mayTell: (text) =>
    /^["']?apiVersion["']?[ \t]*:/m.test(text) &&
    /^[ \t-]*["']?kind["']?[ \t]*:[ \t]*["']?(?:Pod|Deployment|\w+Set|Job|CronJob|ConfigMap|List)\b/m.test(text),
  read,
};
