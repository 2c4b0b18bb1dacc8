import { count } from '../text.ts';
import { resolveContainers } from './odoo/compose.ts';
import type { Edit, Finding, Range } from './finding.ts';
import { odooInstances } from './odoo/instances.ts';
import { factsOf, type RepositoryFacts, type RuleDefinition } from './rule.ts';
import { canonical, type PathView } from './odoo/same-folder.ts';
import { argumentSettings, isVerbatim, variableSettings, type Setting } from './odoo/settings.ts';

/** A place that tells Odoo its addons path. */
interface Statement {
  file: string;
  range: Range;
  paths: readonly string[];
  /** As it is written, where that is known; null where only its folders are. */
  text: string | null;
  view: PathView;
}

/** Odoo's own folders in an image: it adds them by itself, or the image has to name them. */
const OWN_FOLDERS =
  /^\/(?:usr\/lib\/python3\/dist-packages\/odoo\/addons|opt\/odoo(?:\/odoo)?\/addons|odoo\/src\/odoo(?:\/odoo)?\/addons)$/;

const entriesOf = (value: string): string[] =>
  value
    .split(/[,\n]/)
    .map((path) => path.trim())
    .filter((path) => path !== '');

function statementsOf(facts: RepositoryFacts): Statement[] {
  const { workspace_folder } = facts.config.odoo;
  const fromSettings = (settings: readonly Setting[], view: Omit<PathView, 'workspace_folder'>): Statement[] =>
    settings.flatMap(({ name, value, file, range }) =>
      name === 'addons_path' && value !== null && value !== ''
        ? [{ file, range, paths: entriesOf(value), text: value, view: { ...view, workspace_folder } }]
        : [],
    );
  const images = resolveContainers(facts)
    .filter(({ kind }) => kind === 'dockerfile')
    .flatMap((image) => {
      const environment = image.environment.map((variable) => ({ ...variable, file: image.file }));
      return fromSettings([...argumentSettings(image.words), ...variableSettings(environment)], image);
    });
  const texts = factsOf(facts, 'addons_paths').map(({ file, range, paths }): Statement => ({
    file,
    range,
    paths,
    text: null,
    view: { workspace_folder, mounts: [], working_folder: null },
  }));
  return [...odooInstances(facts).flatMap((instance) => fromSettings(instance.settings, instance)), ...images, ...texts];
}

/** The same value with the folders in their order, each written as this place writes its folders; undefined where that takes a person. */
function rewritten({ paths, text, range, view, file }: Statement, expected: readonly string[]): Edit | undefined {
  const written = new Map(paths.map((path) => [canonical(path, view), path]));
  const isOwn = (path: string) => !expected.includes(canonical(path, view) ?? '');
  const [first] = paths.filter((path) => !isOwn(path));
  const folder = first === undefined ? null : canonical(first, view);
  if (first === undefined || folder === null || !first.endsWith(folder)) return undefined;
  const prefix = first.slice(0, first.length - folder.length);
  const folders = expected.map((path) => written.get(path) ?? `${prefix}${path}`);
  if (folders.some((path, index) => canonical(path, view) !== expected[index])) return undefined;
  const all = [...paths.filter(isOwn), ...folders];
  const value = text ?? paths.join(',');
  if (value.includes('\n')) return { file, range, text: all.join(',\n    ') };
  return isVerbatim(value, range) ? { file, range, text: all.join(value.includes(', ') ? ', ' : ',') } : undefined;
}

function findingOf(statement: Statement, expected: readonly string[], fix: string): Finding | undefined {
  const { file, range, paths, view } = statement;
  const folders = paths.map((path) => canonical(path, view));
  if (folders.includes(null)) return undefined; // only the machine knows
  const actual = folders.filter((path) => path !== null && (expected.includes(path) || !OWN_FOLDERS.test(path)));
  if (actual.join() === expected.join()) return undefined;
  const missing = expected.filter((path) => !actual.includes(path));
  const extra = actual.filter((path) => path !== null && !expected.includes(path));
  const what = [
    missing.length > 0 ? `lacks ${missing.join(', ')}` : '',
    extra.length > 0 ? `has ${extra.join(', ')} besides` : '',
    missing.length === 0 && extra.length === 0 ? (actual.length > expected.length ? 'has a folder twice' : 'has another order') : '',
  ].filter((text) => text !== '');
  // A folder that is there for a reason is not taken away without one.
  const edit = extra.length === 0 ? rewritten(statement, expected) : undefined;
  return {
    rule: 'addons-path-order',
    severity: 'error',
    file,
    range,
    message: `The addons path ${what.join(' and ')}, compared with odoo.addons_path of odoo-ops.yml.`,
    fix,
    ...(edit ? { edits: [edit] } : {}),
    paragraph: '§5.2',
  };
}

/** §5.2: every surface that tells Odoo its addons path names the same folders in the same order, however it writes them. */
export const addonsPathOrder: RuleDefinition = {
  name: 'addons-path-order',
  title: 'The addons path is the same everywhere',
  paragraph: '§5.2',
  check: (facts) => {
    const { addons_path: addonsPath, workspace_folder } = facts.config.odoo;
    const statements = statementsOf(facts);
    if (statements.length === 0) {
      return { not_applicable: 'No file tells Odoo its addons path: no compose file, dev container, odoo.conf, script or documentation.' };
    }
    const view: PathView = { workspace_folder, mounts: [], working_folder: null };
    const expected = addonsPath.map((path) => canonical(path, view) ?? path);
    const fix = `Write ${addonsPath.join(',')}; or, where this one is right, write it as odoo.addons_path of odoo-ops.yml.`;
    const files = new Set(statements.map(({ file }) => file));
    return {
      looked_at: `${count(statements.length, 'addons path')} in ${count(files.size, 'file')}`,
      findings: statements.flatMap((statement) => findingOf(statement, expected, fix) ?? []),
    };
  },
};
