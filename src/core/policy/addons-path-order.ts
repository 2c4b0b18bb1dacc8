import { folderInRepository, normalizePath } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import type { Finding, Range } from './finding.ts';

/** A place that tells Odoo its addons path: `--addons-path=…`, `addons_path = …` or `ODOO_ADDONS_PATH`. */
export interface AddonsPathStatement {
  file: string;
  range: Range;
  paths: readonly string[];
}

/** One spelling for a path, whether it is written relative, absolute, or with the editor's variable for the workspace. */
function canonical(path: string, workspaceFolder: string): string {
  const plain = path.trim().replace(/^\$\{(?:containerWorkspaceFolder|workspaceFolder|PWD)\}\/?/, '');
  const inside = folderInRepository(plain === '' ? '.' : plain, workspaceFolder);
  return inside === undefined ? (normalizePath(plain) ?? plain) : `${workspaceFolder}/${inside}`;
}

/** §5.2: every deployment surface names the same addons path in the same order. */
export function checkAddonsPathOrder(statements: readonly AddonsPathStatement[], config: Config): Finding[] {
  const { addons_path: addonsPath, workspace_folder: workspace } = config.odoo;
  const expected = addonsPath.map((path) => canonical(path, workspace));
  return statements
    .filter(({ paths }) => paths.map((path) => canonical(path, workspace)).join() !== expected.join())
    .map(({ file, range, paths }) => {
      const actual = paths.map((path) => canonical(path, workspace));
      const missing = expected.filter((path) => !actual.includes(path));
      const extra = actual.filter((path) => !expected.includes(path));
      const what = [
        missing.length > 0 ? `lacks ${missing.join(', ')}` : '',
        extra.length > 0 ? `has ${extra.join(', ')} besides` : '',
        missing.length === 0 && extra.length === 0 ? 'has another order' : '',
      ].filter((text) => text !== '');
      return {
        rule: 'addons-path-order',
        severity: 'error',
        file,
        range,
        message: `The addons path ${what.join(' and ')}, compared with odoo.addons_path in odoo-ops.yml.`,
        fix: `Write ${addonsPath.join(',')}`,
        paragraph: '§5.2',
      };
    });
}
