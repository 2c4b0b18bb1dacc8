import { count } from '../text.ts';
import type { Finding } from './finding.ts';
import { addonsPathEdit } from './odoo/addons-path-edit.ts';
import { addonsPathStatements, type AddonsPathStatement } from './odoo/addons-path-statements.ts';
import { canonical, type PathView } from './odoo/same-folder.ts';
import type { RuleDefinition } from './rule.ts';

/** Odoo's own folders in an image: it adds them by itself, or the image has to name them. */
const OWN_FOLDERS =
  /^\/(?:usr\/lib\/python3\/dist-packages\/odoo\/addons|opt\/odoo(?:\/odoo)?\/addons|odoo\/src\/odoo(?:\/odoo)?\/addons)$/;

function findingOf(statement: AddonsPathStatement, expected: readonly string[], fix: string): Finding | undefined {
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
  const edit = extra.length === 0 ? addonsPathEdit(statement, expected) : undefined;
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

/** One file that several containers mount is wrong once, however each of them sees it. */
const onceEach = (findings: readonly Finding[]): Finding[] => {
  const seen = new Set<string>();
  return findings.filter(({ file, range }) => {
    const place = JSON.stringify([file, range]);
    return !seen.has(place) && seen.add(place);
  });
};

/** §5.2: every surface that tells Odoo its addons path names the same folders in the same order, however it writes them. */
export const addonsPathOrder: RuleDefinition = {
  name: 'addons-path-order',
  title: 'The addons path is the same everywhere',
  paragraph: '§5.2',
  check: (facts) => {
    const { addons_path: addonsPath, workspace_folder } = facts.config.odoo;
    const statements = addonsPathStatements(facts);
    if (statements.length === 0) {
      return { not_applicable: 'No file tells Odoo its addons path: no compose file, dev container, odoo.conf, script or documentation.' };
    }
    const view: PathView = { workspace_folder, mounts: [], working_folder: null };
    const expected = addonsPath.map((path) => canonical(path, view) ?? path);
    const fix = `Write ${addonsPath.join(',')}; or, where this one is right, write it as odoo.addons_path of odoo-ops.yml.`;
    const files = new Set(statements.map(({ file }) => file));
    return {
      looked_at: `${count(statements.length, 'addons path')} in ${count(files.size, 'file')}`,
      findings: onceEach(statements.flatMap((statement) => findingOf(statement, expected, fix) ?? [])),
    };
  },
};
