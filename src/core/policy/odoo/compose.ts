import { folderOf, nameOf } from '../../config/paths.ts';
import type { Container, Variable, Word } from '../facts.ts';
import { inContext } from './build-context.ts';
import { factsOf, type RepositoryFacts } from '../rule.ts';

type Located<Fact> = Fact & { file: string };

/** A container with what it takes over from others; each part knows the file that says it. */
export type LocatedContainer = Omit<Container, 'words' | 'environment' | 'env_files' | 'env_from' | 'networks' | 'image'> & {
  file: string;
  image: Located<Word> | null;
  /** What the image that it builds begins with. */
  base_image: Located<Word> | null;
  /** Variables that this image brings: any other source of one is stronger. */
  image_environment: Located<Variable>[];
  words: Located<Word>[];
  environment: Located<Variable>[];
  env_files: Located<Word>[];
  env_from: Located<Word>[];
  networks: Located<Word>[];
};

/** What an overlay is called: '' for `compose.yml`, `staging` for `docker-compose.staging.yml`; undefined for what is neither. */
function composeVariant(path: string): string | undefined {
  const match = /^(?:docker-)?compose(?:[.-](?<variant>.+))?\.ya?ml$/.exec(nameOf(path));
  return match ? (match.groups?.['variant'] ?? '') : undefined;
}

function locate(container: Located<Container>): LocatedContainer {
  const { file, image } = container;
  const here = <Fact extends object>(facts: readonly Fact[] = []): Located<Fact>[] => facts.map((fact) => ({ ...fact, file }));
  return {
    ...container,
    image: image && { ...image, file },
    base_image: null,
    image_environment: [],
    words: here(container.words),
    environment: here(container.environment),
    env_files: here(container.env_files),
    env_from: here(container.env_from),
    networks: here(container.networks),
  };
}

/** One service over another, as Compose merges them: commands are replaced, variables and mounts are joined by their key. */
function merge(under: LocatedContainer, over: LocatedContainer): LocatedContainer {
  const replaced = new Set(over.environment.map(({ name }) => name));
  const targets = new Set(over.mounts.map(({ target }) => target));
  const joined = new Set(under.networks.map(({ value }) => value));
  return {
    ...over,
    image: over.image ?? under.image,
    base_image: over.base_image ?? under.base_image,
    build: over.build ?? under.build,
    words: over.words.length > 0 ? over.words : under.words,
    environment: [...under.environment.filter(({ name }) => !replaced.has(name)), ...over.environment],
    env_files: [...under.env_files, ...over.env_files],
    env_from: [...under.env_from, ...over.env_from],
    mounts: [...over.mounts, ...under.mounts.filter(({ target }) => !targets.has(target))],
    networks: [...under.networks, ...over.networks.filter(({ value }) => !joined.has(value))],
    working_folder: over.working_folder ?? under.working_folder,
    extends: null,
  };
}

const keyOf = (file: string, service: string): string => `${file}\0${service}`;

/**
 * The containers as they would be started: services with what they extend, an overlay (`compose.staging.yml`) over the base beside it,
 * a dev container over its service, and each over the Dockerfile that it builds.
 * A base that has overlays is not started alone, unless its overlays are `override` ones: those Compose takes by itself.
 */
export function resolveContainers(facts: Pick<RepositoryFacts, 'files'>): LocatedContainer[] {
  const containers = factsOf(facts, 'containers').map(locate);
  const services = new Map<string, LocatedContainer>();
  const stages = new Map<string, LocatedContainer>();
  for (const container of containers) {
    if (container.kind === 'compose') services.set(keyOf(container.file, container.name), container);
    if (container.kind !== 'dockerfile') continue;
    stages.set(keyOf(container.file, container.name), container);
    // Without a target the last one is built.
    stages.set(keyOf(container.file, ''), container);
  }
  // What another one is made of: it is not started alone.
  const parts = new Set<LocatedContainer>();

  const extended = (container: LocatedContainer, around: readonly LocatedContainer[] = []): LocatedContainer => {
    const under = (container.extends ?? []).flatMap(({ file, service }) => services.get(keyOf(file, service)) ?? []);
    const others = under.filter((service) => service !== container && !around.includes(service));
    const all = others.map((service) => {
      // The compose file of a dev container is there for it alone.
      if (container.kind === 'devcontainer' && /(?:^|\/)\.devcontainer\//.test(service.file)) parts.add(service);
      return extended(service, [...around, container]);
    });
    return [...all, container].reduce(merge);
  };
  const bases = new Map<string, LocatedContainer>();
  for (const container of services.values()) {
    if (composeVariant(container.file) === '') bases.set(keyOf(folderOf(container.file), container.name), container);
  }
  const overBase = (container: LocatedContainer): LocatedContainer => {
    const base =
      container.kind === 'compose' && (composeVariant(container.file) ?? '') !== ''
        ? bases.get(keyOf(folderOf(container.file), container.name))
        : undefined;
    // One with an image of its own may well be a whole file.
    if (!base || container.image || container.build) return extended(container);
    parts.add(base);
    return merge(extended(base), extended(container));
  };
  const overDockerfile = (container: LocatedContainer): LocatedContainer => {
    const { build } = container;
    const stage = build && stages.get(keyOf(build.dockerfile, build.target ?? ''));
    if (!build || !stage) return container;
    const mounts = stage.mounts.map((mount) => inContext(mount, folderOf(stage.file), build.context));
    const image = { ...stage, mounts, image: null, base_image: stage.image, environment: [] };
    return { ...merge(image, container), image_environment: stage.environment };
  };
  const resolved = containers.map((container) => [container, withDotEnv(facts, overDockerfile(overBase(container)))] as const);
  return resolved.filter(([container]) => !parts.has(container)).map(([, result]) => result);
}

/** `${STAGE}` as the `.env` beside the compose file says: Compose reads it by itself. */
function withDotEnv({ files }: Pick<RepositoryFacts, 'files'>, container: LocatedContainer): LocatedContainer {
  if (container.kind !== 'compose') return container;
  const environment = container.environment.map((variable) => {
    const { value, from, file, range } = variable;
    if (value !== null || from === null || range.start.line !== range.end.line) return variable;
    // Only where it is the whole value: `${X}`, `$X`, or `X` alone, which is handed through.
    const isWhole = [0, 1, 3].includes(range.end.column - range.start.column - from.length);
    const said = isWhole ? files.get(`${folderOf(file)}.env`)?.variables?.findLast(({ name }) => name === from) : undefined;
    return said ? { ...variable, value: said.value } : variable;
  });
  return { ...container, environment };
}
