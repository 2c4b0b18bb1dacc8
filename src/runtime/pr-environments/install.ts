import { manifestsAt } from '../promotion/modules.ts';
import { nameOf } from '../../core/config/paths.ts';
import type { ModuleManifest } from '../../core/repository/module.ts';
import {
  MODULE_ROWS_SQL,
  moduleArguments,
  moduleRowSchema,
  moduleWork,
  type AskedModule,
  type ModuleRow,
} from '../../core/pr-environments/modules.ts';
import type { Verdict } from '../../core/pr-environments/plan.ts';
import { judge, MOST_LINES } from '../../core/pr-environments/verdict.ts';
import { count } from '../../core/text.ts';
import type { Git } from '../../adapters/git/git.ts';
import type { Session } from '../evidence/session.ts';
import { say } from '../workspace.ts';
import type { Building } from './building.ts';
import { modulesIn } from './code-source.ts';
import { fillBase } from './fresh.ts';
import { runOdoo } from './run-odoo.ts';

export interface Installed {
  verdict: Verdict;
  lines: string[];
  /** True where the modules could not be installed, and a database with `base` alone takes their place. */
  fallback: boolean;
  asked: AskedModule[];
}

/** What the database says of its modules. */
export async function moduleRows({ platform, attempt, password, signal }: Building): Promise<ModuleRow[]> {
  const rows = await platform.server.run(attempt.identity, password, MODULE_ROWS_SQL, [], signal);
  return rows.map((row) => moduleRowSchema.parse(row));
}

/** Manifests of all modules of the commit that can be read; the first of a name on the addons path counts. */
async function manifests(git: Git, { source, attempt }: Building): Promise<Map<string, ModuleManifest>> {
  const folders = source.folders.flatMap((folder) => modulesIn(folder).map((name) => `${folder.path}/${name}`));
  const found = new Map<string, ModuleManifest>();
  for (const [folder, manifest] of await manifestsAt(git, attempt.commit, folders))
    if (manifest && !found.has(nameOf(folder))) found.set(nameOf(folder), manifest);
  return found;
}

/** Whether a module has tests: Odoo looks for them in its package `tests`. */
const bringsTests = ({ source }: Building, module: string): boolean =>
  source.folders.some(({ path, files }) => files.some((file) => file.path === `${path}/${module}/tests/__init__.py`));

/**
 * Installs and updates what the commit changed; Odoo also updates what depends on it. Modules that cannot be installed are a result, not an
 * error: the environment shows a database with `base` alone then, and is red.
 */
export async function installModules(git: Git, building: Building, session: Session): Promise<Installed> {
  const rows = await moduleRows(building);
  const work = moduleWork({ changes: building.plan.modules, manifests: await manifests(git, building), rows });
  const { asked } = work;
  // The proof will say so too: nothing neutralises a module without its code.
  for (const module of work.removed)
    say(session.context, `Module ${module} is installed in the copy, and not in the commit any more.`, 'warning');
  const { odoo, warnings_are: warningsAre } = building.platform.config.pull_requests;
  const tested = odoo.tests ? asked.map(({ module }) => module).filter((module) => bringsTests(building, module)) : [];
  const words = moduleArguments(work, tested);
  if (words.length === 0) return { verdict: 'green', lines: [], fallback: false, asked };
  const title = `Install ${count(work.install.length, 'module')}, update ${work.update.length}`;
  const result = await session.step(
    'modules',
    title,
    async () => {
      const run = await runOdoo(building, session, { name: 'modules', arguments: words });
      const after = await moduleRows(building);
      return { run, after, ...judge({ exitCode: run.exitCode, log: run.log, asked, rows: after, tests: tested.length > 0 }, warningsAre) };
    },
    ({ verdict, lines: [line] }) => (verdict === 'red' ? (line ?? 'Odoo says nothing') : null),
  );
  const isWhole = result.run.exitCode === 0 && !result.after.some(({ state }) => state?.startsWith('to ') === true);
  const installed = { verdict: result.verdict, lines: result.lines.slice(0, MOST_LINES), asked };
  if (isWhole || result.verdict !== 'red') return { ...installed, fallback: false };
  await session.step('fallback', 'Make a database with base alone, to look at', () => fillBase(building, session));
  return { ...installed, asked: [], fallback: true };
}
