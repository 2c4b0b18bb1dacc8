import type { Container, Variable } from './facts.ts';
import { factsOf, type RepositoryFacts } from './rule.ts';

export type LocatedContainer = Container & { file: string };

const MAX_EXTENDS = 10;

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `compose`, and what its overlay is called: '' for `compose.yml`, `staging` for `docker-compose.staging.yml`. */
function composeVariant(path: string): string | undefined {
  return (
    /^(?:docker-)?compose(?:[.-](?<variant>.+))?\.ya?ml$/.exec(nameOf(path))?.groups?.['variant'] ??
    (/^(?:docker-)?compose\.ya?ml$/.test(nameOf(path)) ? '' : undefined)
  );
}

const joinVariables = (under: readonly Variable[], over: readonly Variable[]): Variable[] => [
  ...under.filter(({ name }) => !over.some((other) => other.name === name)),
  ...over,
];

/** One service over another, as Compose merges them: commands are replaced, variables and mounts are joined by their key. */
function merge(under: LocatedContainer, over: LocatedContainer): LocatedContainer {
  return {
    ...over,
    image: over.image ?? under.image,
    build: over.build ?? under.build,
    words: over.words.length > 0 ? over.words : under.words,
    environment: joinVariables(under.environment, over.environment),
    env_files: [...under.env_files, ...over.env_files],
    mounts: [...over.mounts, ...under.mounts.filter(({ target }) => !over.mounts.some((mount) => mount.target === target))],
    networks: [...under.networks, ...over.networks.filter(({ value }) => !under.networks.some((network) => network.value === value))],
    working_folder: over.working_folder ?? under.working_folder,
    extends: null,
  };
}

/**
 * The services as Compose would start them: with what they extend, and an overlay (`compose.staging.yml`) over the base beside it.
 * A base that has overlays is not started alone, unless its overlays are `override` ones: those Compose takes by itself.
 */
export function resolveContainers(facts: Pick<RepositoryFacts, 'files'>): LocatedContainer[] {
  const containers = factsOf(facts, 'containers');
  const services = new Map<string, LocatedContainer>();
  for (const container of containers) if (container.kind === 'compose') services.set(`${container.file}\0${container.name}`, container);

  const extended = (container: LocatedContainer, depth = 0): LocatedContainer => {
    const { extends: from } = container;
    const under = from && services.get(`${from.file}\0${from.service}`);
    return under && depth < MAX_EXTENDS ? merge(extended(under, depth + 1), container) : container;
  };
  const bases = new Map<string, LocatedContainer>();
  for (const container of services.values()) {
    if (composeVariant(container.file) === '') bases.set(`${folderOf(container.file)}\0${container.name}`, container);
  }
  const overlaid = new Set<LocatedContainer>();
  const over = (container: LocatedContainer): LocatedContainer => {
    const variant = composeVariant(container.file);
    const base = variant === '' || variant === undefined ? undefined : bases.get(`${folderOf(container.file)}\0${container.name}`);
    // One with an image of its own may well be a whole file.
    if (!base || container.image || container.build) return extended(container);
    overlaid.add(base);
    return merge(extended(base), extended(container));
  };
  const resolved = containers.map((container) =>
    container.kind === 'compose' ? ([container, over(container)] as const) : ([container, container] as const),
  );
  return resolved.filter(([container]) => !overlaid.has(container)).map(([, result]) => result);
}
