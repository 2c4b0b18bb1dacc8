import type { Variable } from '../facts.ts';
import { factsOf, type RepositoryFacts } from '../rule.ts';
import type { LocatedContainer } from './compose.ts';

type Located<Fact> = Fact & { file: string };

const TEMPLATE = /(?:\.(?:template|tmpl|tpl|j2|jinja2?|example|sample|dist|in))+$/;
const withoutTemplate = (path: string): string => path.replace(TEMPLATE, '');

/** A file, or the template that it is made from: for us that is the same. */
export const isMadeFrom = (file: string, source: string): boolean => withoutTemplate(source) === withoutTemplate(file);

interface Environment {
  variables: Located<Variable>[];
  /** Some also come from files and Secrets that the repository does not hold. */
  isHidden: boolean;
}

/** @param sources the strongest last; in each of them, too, the last one of a name counts */
const countingOf = (sources: readonly (readonly Located<Variable>[])[]): Located<Variable>[] => [
  ...new Map(sources.flat().map((variable) => [variable.name, variable])).values(),
];

/** All variables of a container, each once: its own over those of files and ConfigMaps, of which the last one counts, and those over its image's. */
export function environmentOf(
  facts: RepositoryFacts,
  { image_environment, environment, env_files, env_from }: LocatedContainer,
): Environment {
  const templates = [...facts.files.keys()].filter((path) => TEMPLATE.test(path));
  const fromFiles = env_files.map(({ value: path }) => {
    const files = facts.paths.includes(path) ? [path] : templates.filter((template) => isMadeFrom(path, template)).slice(0, 1);
    return files.length === 0
      ? null
      : files.flatMap((file) => (facts.files.get(file)?.variables ?? []).map((variable) => ({ ...variable, file })));
  });
  const maps = factsOf(facts, 'config_maps');
  const fromMaps = env_from.map(({ value: name }) => {
    const found = maps.filter((map) => map.name === name);
    // Each overlay has one of its own: which of them counts is not known here, and each is looked at by itself.
    return found.length === 1 ? found.flatMap(({ variables, file }) => variables.map((variable) => ({ ...variable, file }))) : null;
  });
  const sources = [image_environment, ...fromMaps, ...fromFiles, environment];
  return { variables: countingOf(sources.map((source) => source ?? [])), isHidden: sources.includes(null) };
}
