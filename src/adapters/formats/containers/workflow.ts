import type { AddonsPathText, Container, FileFacts, Pin, Reader, Variable } from '../../../core/policy/facts.ts';
import { startsOdoo } from '../../../core/policy/odoo/command.ts';
import { addonsPathsOf } from './addons-paths.ts';
import { imagePin } from './images.ts';
import { wordsOf, type Placed } from './words.ts';
import { yamlDocuments, type Entry, type YamlDocument } from './yaml-nodes.ts';

/** A branch or a tag may move; a commit does not, and neither does what stands in this repository. */
function actionPin({ value, range }: Placed): Pin[] {
  if (value.startsWith('docker://')) return imagePin({ value: value.slice('docker://'.length), range });
  const isOwn = /^\.{1,2}\//.test(value);
  return [{ what: 'action', reference: value, pinned: isOwn || /@[0-9a-f]{40}$/.test(value), range }];
}

/** `${{ secrets.X }}` is the secret X; what an expression gives is not known here. */
function variablesOf({ entries, text }: YamlDocument, node: unknown): Variable[] {
  return entries(node).map(({ name, key, value }) => {
    const written = text(value);
    const from = /\$\{\{\s*(?:secrets|vars|env|inputs)\.([\w-]+)/.exec(written?.value ?? '')?.[1] ?? null;
    if (!written || written.value.includes('${{')) return { name, value: null, from, range: written?.range ?? key };
    return { name, value: written.value, from, range: written.value === '' ? key : written.range };
  });
}

const over = (under: readonly Variable[], own: readonly Variable[]): Variable[] => [
  ...own,
  ...under.filter(({ name }) => !own.some((other) => other.name === name)),
];

interface Told {
  containers: Container[];
  pins: Pin[];
  addons_paths: AddonsPathText[];
}

function jobFacts(document: YamlDocument, { name, value: job, key }: Entry, shared: readonly Variable[]): Told {
  const { get, items, text, entries } = document;
  const image = text(get(job, 'container')) ?? text(get(get(job, 'container'), 'image'));
  const services = entries(get(job, 'services')).flatMap(({ value }) => text(get(value, 'image')) ?? []);
  const uses = text(get(job, 'uses'));
  const environment = over(over(shared, variablesOf(document, get(job, 'env'))), variablesOf(document, get(get(job, 'container'), 'env')));
  const steps = items(get(job, 'steps')).map((step, index) => {
    const script = text(get(step, 'run'));
    const words = script ? wordsOf(script, true) : [];
    const title = text(get(step, 'name'));
    const own = variablesOf(document, get(step, 'env'));
    const container: Container = {
      kind: 'workflow',
      name: `${name}, ${title ? title.value : `step ${index + 1}`}`,
      range: title?.range ?? key,
      image: null,
      build: null,
      words,
      environment: over(environment, own),
      env_files: [],
      mounts: [],
      networks: [],
      working_folder: null,
      extends: null,
    };
    return {
      container,
      uses: text(get(step, 'uses')),
      counts: startsOdoo(words) || own.some((variable) => variable.name === 'ODOO_STAGE'),
    };
  });
  return {
    containers: steps.filter(({ counts }) => counts).map(({ container }) => container),
    pins: [
      ...[image, ...services].flatMap((one) => (one ? imagePin(one) : [])),
      ...[uses, ...steps.map((step) => step.uses)].flatMap((one) => (one ? actionPin(one) : [])),
    ],
    addons_paths: steps.flatMap(({ container }) => addonsPathsOf(container.words)),
  };
}

function read(_: string, file: string): FileFacts {
  const { documents, unreadable } = yamlDocuments(file);
  const [document] = documents;
  if (!document) return { unreadable };
  const { root, get, entries, items, text } = document;
  const shared = variablesOf(document, get(root, 'env'));
  const jobs = entries(get(root, 'jobs')).map((job) => jobFacts(document, job, shared));
  // An action of this repository.
  const steps = items(get(get(root, 'runs'), 'steps')).flatMap((step) => text(get(step, 'uses')) ?? []);
  return {
    containers: jobs.flatMap(({ containers }) => containers),
    pins: [...jobs.flatMap(({ pins }) => pins), ...steps.flatMap(actionPin)],
    addons_paths: jobs.flatMap((job) => job.addons_paths),
  };
}

/** Workflows and actions of GitHub. */
export const workflowReader: Reader = {
  name: 'workflow',
  version: 2,
  reads: (path) => /^\.github\/(?:workflows\/[^/]+|actions\/.+\/action)\.ya?ml$/.test(path),
  read,
};
