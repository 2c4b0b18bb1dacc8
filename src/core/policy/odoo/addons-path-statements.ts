import type { Range } from '../finding.ts';
import { factsOf, type RepositoryFacts } from '../rule.ts';
import { withLikelyContext } from './build-context.ts';
import { resolveContainers } from './compose.ts';
import { odooInstances } from './instances.ts';
import type { PathView } from './same-folder.ts';
import { argumentSettings, variableSettings, type Setting } from './settings.ts';

/** A place that tells Odoo its addons path. */
export interface AddonsPathStatement {
  file: string;
  range: Range;
  paths: readonly string[];
  /** The value; in documentation the folders, joined. */
  text: string;
  via: Setting['via'] | 'text';
  view: PathView;
}

const entriesOf = (value: string): string[] =>
  value
    .split(/[,\n]/)
    .map((path) => path.trim())
    .filter((path) => path !== '');

const placeOf = ({ file, range }: Pick<AddonsPathStatement, 'file' | 'range'>): string => JSON.stringify([file, range]);

/**
 * Every addons path that a file tells, as whoever starts Odoo with it sees its folders. Two services that share an odoo.conf see it
 * twice; a Dockerfile is looked at by itself only where no service is built of it.
 */
export function addonsPathStatements(facts: RepositoryFacts): AddonsPathStatement[] {
  const { workspace_folder } = facts.config.odoo;
  const fromSettings = (settings: readonly Setting[], { mounts, working_folder }: Omit<PathView, 'workspace_folder'>) =>
    settings.flatMap(({ name, value, file, range, via }): AddonsPathStatement[] =>
      name === 'addons_path' && value !== null && value !== ''
        ? [{ file, range, paths: entriesOf(value), text: value, via, view: { mounts, working_folder, workspace_folder } }]
        : [],
    );
  const started = odooInstances(facts).flatMap((instance) => fromSettings(instance.settings, instance));
  const images = resolveContainers(facts)
    .filter(({ kind }) => kind === 'dockerfile')
    .map((image) => withLikelyContext(image, facts.paths))
    .flatMap((image) => fromSettings([...argumentSettings(image.words), ...variableSettings(image.environment)], image));
  const texts = factsOf(facts, 'addons_paths').map(({ file, range, paths, mounts = [] }): AddonsPathStatement => ({
    ...{ file, range, paths, text: paths.join(','), via: 'text' },
    view: { workspace_folder, mounts, working_folder: null },
  }));
  const known = new Set(started.map(placeOf));
  // The stages of a Dockerfile hand their variables on.
  const alone = new Map([...texts, ...images].filter((statement) => !known.has(placeOf(statement))).map((one) => [placeOf(one), one]));
  return [...started, ...alone.values()];
}
