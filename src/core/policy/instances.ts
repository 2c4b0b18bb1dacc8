import { normalizePath } from '../config/paths.ts';
import type { Stage } from '../config/schema.ts';
import { resolveContainers, type LocatedContainer } from './compose.ts';
import type { Mount, Network, OdooConf, Variable } from './facts.ts';
import type { Range } from './finding.ts';
import { factsOf, type RepositoryFacts } from './rule.ts';
import { stageOfFile, stageOfName, STAGES } from './stage.ts';

/** An option of Odoo, wherever it is said. */
export interface Setting {
  /** As in odoo.conf: `max_cron_threads`. */
  name: string;
  /** null where only the machine that runs it knows. */
  value: string | null;
  file: string;
  range: Range;
  via: 'argument' | 'environment' | 'conf';
}

/** An Odoo as some file of the repository starts it. */
export interface OdooInstance {
  /** `Service odoo`, or the file where there is but one. */
  name: string;
  kind: LocatedContainer['kind'] | 'conf';
  file: string;
  range: Range;
  /** By ODOO_STAGE, else by the configuration and the names of file and service; null where nothing tells. */
  stage: Stage | null;
  /** What the names alone tell. */
  expected_stage: Stage | null;
  /** Strongest first: arguments over variables over the file, as Odoo reads them. */
  settings: readonly Setting[];
  environment: readonly (Variable & { file: string })[];
  mounts: readonly Mount[];
  networks: readonly (Network & { file: string })[];
  working_folder: string | null;
  /** Its odoo.conf files of this repository. */
  confs: readonly (OdooConf & { file: string })[];
}

/** The setting that counts; undefined where nobody says anything. */
export const settingOf = ({ settings }: OdooInstance, name: string): Setting | undefined =>
  settings.find((setting) => setting.name === name);

const OPTION = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s;
/** Options whose name on the command line is not that of the file (`odoo/tools/config.py`). */
const LONG_NAMES: Readonly<Record<string, string>> = {
  smtp: 'smtp_server',
  database: 'db_name',
  'db-filter': 'dbfilter',
  config: 'config',
  'no-database-list': 'list_db',
};
const SHORT_NAMES: Readonly<Record<string, string>> = { '-c': 'config', '-d': 'db_name', '-p': 'http_port', '-D': 'data_dir' };

const known = (value: string): string | null => (value.includes('$') ? null : value);

function argumentSettings({ words, file }: LocatedContainer): Setting[] {
  return words.flatMap((word, index): Setting[] => {
    const [, long, joined] = OPTION.exec(word.value) ?? [];
    const name = long === undefined ? SHORT_NAMES[word.value] : (LONG_NAMES[long] ?? long.replaceAll('-', '_'));
    if (name === undefined) return [];
    if (long === 'no-database-list') return [{ name, value: 'False', file, range: word.range, via: 'argument' }];
    const next = words[index + 1];
    if (joined !== undefined) return [{ name, value: known(joined), file, range: word.range, via: 'argument' }];
    return next && !next.value.startsWith('-') ? [{ name, value: known(next.value), file, range: next.range, via: 'argument' }] : [];
  });
}

/** Odoo 19 reads `ODOO_<KEY>` for each option of the file. */
const variableSettings = (environment: OdooInstance['environment']): Setting[] =>
  environment
    .filter(({ name }) => name.startsWith('ODOO_') && !['ODOO_STAGE', 'ODOO_RC'].includes(name))
    .map(({ name, value, file, range }) => ({ name: name.slice('ODOO_'.length).toLowerCase(), value, file, range, via: 'environment' }));

const confSettings = (confs: OdooInstance['confs']): Setting[] =>
  confs.flatMap(({ file, options }) =>
    options.map(({ name, value, range }) => ({ name, value: known(value), file, range, via: 'conf' as const })),
  );

/** A path in the container as one of the repository; undefined where nothing mounts or copies it there. */
export function pathOnDisk(path: string, mounts: readonly Mount[]): string | undefined {
  const plain = normalizePath(path);
  if (plain === undefined) return undefined;
  const inside = mounts
    .map((mount) => ({ ...mount, target: normalizePath(mount.target) ?? mount.target }))
    .filter(({ target, source }) => source !== null && (plain === target || plain.startsWith(target === '/' ? '/' : `${target}/`)))
    .sort((a, b) => b.target.length - a.target.length)[0];
  return inside?.source == null ? undefined : (normalizePath(`${inside.source}/${plain.slice(inside.target.length)}`) ?? undefined);
}

const runsOdoo = ({ image, words, environment }: LocatedContainer): boolean =>
  /(?:^|\/)odoo(?:[:@-]|$)/.test(image?.value ?? '') ||
  words.some(({ value }) => /(?:^|\/)odoo(?:-bin)?(?:\.py)?$/.test(value)) ||
  environment.some(({ name }) => name === 'ODOO_STAGE');

// An overlay uses the networks of its base.
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

const KINDS: Readonly<Record<LocatedContainer['kind'], string>> = {
  compose: 'Service ',
  kubernetes: 'Container ',
  devcontainer: 'Dev container ',
  dockerfile: 'Image of ',
  workflow: 'Job ',
};

const DEFAULT_CONF = '/etc/odoo/odoo.conf';

/** Every Odoo that the files of the repository start: containers with their odoo.conf, and each odoo.conf that none of them names. */
export function odooInstances(facts: RepositoryFacts): OdooInstance[] {
  const { config } = facts;
  const confs = factsOf(facts, 'confs');
  const networks = factsOf(facts, 'networks');
  const linked = new Set<string>();
  const copies = new Map(
    factsOf(facts, 'containers')
      .filter(({ kind }) => kind === 'dockerfile')
      .map(({ file, mounts }) => [file, mounts] as const),
  );
  const containers = resolveContainers(facts).filter((container) => container.kind !== 'dockerfile' && runsOdoo(container));
  const fromContainers = containers.map((container): OdooInstance => {
    const { file, kind, name, range } = container;
    const files = container.env_files.flatMap(({ value }) =>
      (facts.files.get(value)?.variables ?? []).map((variable) => ({ ...variable, file: value })),
    );
    const own = container.environment.map((variable) => ({ ...variable, file }));
    const environment = [...own, ...files.filter((variable) => !own.some((other) => other.name === variable.name))];
    const mounts = [...container.mounts, ...(container.build ? (copies.get(container.build.dockerfile) ?? []) : [])];
    const settings = [...argumentSettings(container), ...variableSettings(environment)];
    const conf =
      settings.find((setting) => setting.name === 'config')?.value ??
      environment.find((variable) => variable.name === 'ODOO_RC')?.value ??
      DEFAULT_CONF;
    const confFile = pathOnDisk(conf, mounts) ?? (conf.startsWith('/') ? undefined : normalizePath(conf));
    // What is made from a template when it starts is the template, for us.
    const ownConfs = confs.filter(
      (other) =>
        confFile !== undefined &&
        other.file.replace(/\.(?:template|j2|tmpl|example)$/, '') === confFile.replace(/\.(?:template|j2|tmpl|example)$/, ''),
    );
    for (const { file: used } of ownConfs) linked.add(used);
    const said = environment.find((variable) => variable.name === 'ODOO_STAGE')?.value;
    const expected = stageOfName(name) ?? stageOfFile(file, config);
    return {
      name: `${KINDS[kind]}${name}`,
      kind,
      file,
      range,
      stage: STAGES.find((stage) => stage === said) ?? expected,
      expected_stage: expected,
      settings: [...settings, ...confSettings(ownConfs)],
      environment,
      mounts,
      networks: networks.filter(
        (network) => folderOf(network.file) === folderOf(file) && container.networks.some(({ value }) => value === network.name),
      ),
      working_folder: container.working_folder,
      confs: ownConfs,
    };
  });
  const alone = confs
    .filter(({ file }) => !linked.has(file))
    .map((conf): OdooInstance => {
      const stage = stageOfFile(conf.file, config);
      return {
        name: conf.file,
        kind: 'conf',
        file: conf.file,
        range: conf.section,
        stage,
        expected_stage: stage,
        settings: confSettings([conf]),
        environment: [],
        mounts: [],
        networks: [],
        working_folder: null,
        confs: [conf],
      };
    });
  return [...fromContainers, ...alone];
}
