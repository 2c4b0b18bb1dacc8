import { folderOf, isBelow, normalizePath } from '../../config/paths.ts';
import type { Stage } from '../../config/schema.ts';
import { resolveContainers, type LocatedContainer } from './compose.ts';
import type { Mount, Network, OdooConf, Variable, VariableSlot } from '../facts.ts';
import type { Range } from '../finding.ts';
import { withLikelyContext } from './build-context.ts';
import { environmentOf, isMadeFrom } from './environment.ts';
import { isOdooImage, startsOdoo } from './command.ts';
import { factsOf, type RepositoryFacts } from '../rule.ts';
import { pathOnDisk } from './same-folder.ts';
import { argumentSettings, confSettings, variableSettings, type Setting } from './settings.ts';
import { stageOfFile, stageOfName, STAGES } from './stage.ts';

type Located<Fact> = Fact & { file: string };

/** An Odoo as some file of the repository starts it. */
export interface OdooInstance {
  /** `Service odoo`, or the file where there is but one. */
  name: string;
  kind: LocatedContainer['kind'] | 'conf';
  file: string;
  range: Range;
  /**
   * By ODOO_STAGE, else by the configuration and the names of file and service; null where nothing tells, and where they tell two:
   * to make a production harmless as a staging would be the worst of mends.
   */
  stage: Stage | null;
  /** What the names alone tell. */
  expected_stage: Stage | null;
  /** Strongest first: arguments over variables over the file, as Odoo reads them. */
  settings: readonly Setting[];
  environment: readonly Located<Variable>[];
  /** Variables also come from files and Secrets that the repository does not hold. */
  has_hidden_variables: boolean;
  /** Where one more variable can be written, in `file`. */
  variable_slot?: VariableSlot | undefined;
  mounts: readonly Mount[];
  networks: readonly Located<Network>[];
  working_folder: string | null;
  /** Its odoo.conf files of this repository. */
  confs: readonly Located<OdooConf>[];
}

/** The setting that counts; undefined where nobody says anything. */
export const settingOf = ({ settings }: Pick<OdooInstance, 'settings'>, name: string): Setting | undefined =>
  settings.find((setting) => setting.name === name);

const runsOdoo = ({ image, base_image, words, environment, image_environment, mounts }: LocatedContainer): boolean =>
  [image, base_image].some((one) => one !== null && isOdooImage(one.value)) ||
  startsOdoo(words) ||
  // Nobody else reads its configuration.
  mounts.some(({ target }) => isBelow(target, '/etc/odoo')) ||
  [...environment, ...image_environment].some(({ name }) => name === 'ODOO_STAGE');

const KINDS: Readonly<Record<LocatedContainer['kind'], string>> = {
  compose: 'Service ',
  kubernetes: 'Container ',
  devcontainer: 'Dev container ',
  dockerfile: 'Image of ',
  workflow: 'Job ',
};

const DEFAULT_CONF = '/etc/odoo/odoo.conf';
/** An overlay uses the networks of its base; who names none is in the one that is called default. */
function networksOf(facts: RepositoryFacts, { kind, file, networks }: LocatedContainer): Located<Network>[] {
  const names = networks.length === 0 && kind === 'compose' ? ['default'] : networks.map(({ value }) => value);
  return factsOf(facts, 'networks').filter((network) => folderOf(network.file) === folderOf(file) && names.includes(network.name));
}

function instanceOf(facts: RepositoryFacts, container: LocatedContainer): OdooInstance {
  const { file, kind, name, range, mounts, working_folder, variable_slot } = container;
  const { variables: environment, isHidden } = environmentOf(facts, container);
  const settings = [...argumentSettings(container.words), ...variableSettings(environment)];
  const conf =
    settings.find((setting) => setting.name === 'config')?.value ??
    environment.find((variable) => variable.name === 'ODOO_RC')?.value ??
    DEFAULT_CONF;
  const confFile = pathOnDisk(conf, mounts) ?? (conf.startsWith('/') ? undefined : normalizePath(conf));
  const confs = confFile === undefined ? [] : factsOf(facts, 'confs').filter((other) => isMadeFrom(confFile, other.file));
  const value = environment.find((variable) => variable.name === 'ODOO_STAGE')?.value;
  const said = STAGES.find((stage) => stage === value) ?? null;
  const expected = stageOfName(name) ?? stageOfFile(file, facts.config);
  return {
    name: `${KINDS[kind]}${name}`,
    kind,
    file,
    range,
    stage: said !== null && expected !== null && said !== expected ? null : (said ?? expected),
    expected_stage: expected,
    settings: [...settings, ...confSettings(confs)],
    environment,
    has_hidden_variables: isHidden,
    variable_slot,
    mounts,
    networks: networksOf(facts, container),
    working_folder,
    confs,
  };
}

function confAlone(conf: Located<OdooConf>, images: readonly LocatedContainer[], { config }: RepositoryFacts): OdooInstance {
  const stage = stageOfFile(conf.file, config);
  // An image that it is copied into: its paths are those of the image.
  const image = images.find(({ mounts }) =>
    mounts.some(({ source }) => source !== null && (isMadeFrom(source, conf.file) || isBelow(conf.file, source))),
  );
  return {
    name: conf.file,
    kind: 'conf',
    file: conf.file,
    range: conf.section,
    stage,
    expected_stage: stage,
    settings: confSettings([conf]),
    environment: [],
    has_hidden_variables: false,
    mounts: image?.mounts ?? [],
    networks: [],
    working_folder: image?.working_folder ?? null,
    confs: [conf],
  };
}

/** Every Odoo that the files of the repository start: containers with their odoo.conf, and each odoo.conf that none of them names. */
export function odooInstances(facts: RepositoryFacts): OdooInstance[] {
  const resolved = resolveContainers(facts);
  const images = resolved.filter(({ kind }) => kind === 'dockerfile').map((image) => withLikelyContext(image, facts.paths));
  const started = resolved
    .filter((container) => container.kind !== 'dockerfile' && runsOdoo(container))
    .map((container) => instanceOf(facts, container));
  const linked = new Set(started.flatMap(({ confs }) => confs.map(({ file }) => file)));
  const alone = factsOf(facts, 'confs')
    .filter(({ file }) => !linked.has(file))
    .map((conf) => confAlone(conf, images, facts));
  return [...started, ...alone];
}
