import { manifestsAt } from '../promotion/modules.ts';
import { MANIFEST_FILE } from '../../core/repository/module.ts';
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
import { fillBase } from './fresh.ts';
import { runOdoo } from './run-odoo.ts';

export interface Installed {
  verdict: Verdict;
  lines: string[];
  /** True where the modules could not be installed, and a database with `base` alone takes their place. */
  fallback: boolean;
  asked: AskedModule[];
  /** Installed in the copy, and not in the commit any more. */
  removedModules: string[];
}

/** What the database says of its modules. */
export async function moduleRows({ platform, attempt, password, signal }: Building): Promise<ModuleRow[]> {
  const rows = await platform.server.run(attempt.identity, password, MODULE_ROWS_SQL, [], signal);
  return rows.map((row) => moduleRowSchema.parse(row));
}

/** Manifests of all modules of the commit; the first of a name on the addons path counts. */
async function manifests(git: Git, { source, attempt }: Building): ReturnType<typeof manifestsAt> {
  const folders = source.folders.flatMap(({ path, files }) =>
    files.filter((file) => file.path.endsWith(`/${MANIFEST_FILE}`) && file.path.slice(path.length + 1).split('/').length === 2),
  );
  const found = await manifestsAt(
    git,
    attempt.commit,
    folders.map((file) => file.path.slice(0, -MANIFEST_FILE.length - 1)),
  );
  const byName: Awaited<ReturnType<typeof manifestsAt>> = new Map();
  for (const [folder, manifest] of found) {
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    if (!byName.has(name)) byName.set(name, manifest);
  }
  return byName;
}

/**
 * Installs and updates what the commit changed; Odoo also updates what depends on it. Modules that cannot be installed are a result, not an
 * error: the environment shows a database with `base` alone then, and is red.
 */
export async function installModules(git: Git, building: Building, session: Session): Promise<Installed> {
  const rows = await moduleRows(building);
  const known = [...(await manifests(git, building))].flatMap(([name, manifest]) => (manifest ? [[name, manifest] as const] : []));
  const work = moduleWork({ changes: building.plan.modules, manifests: new Map(known), rows });
  const { asked, removed: removedModules } = work;
  for (const module of removedModules)
    say(session.context, `Module ${module} is installed in the copy, and not in the commit any more.`, 'warning');
  const words = moduleArguments(work);
  if (words.length === 0) return { verdict: 'green', lines: [], fallback: false, asked, removedModules };
  const { warnings_are: warningsAre } = building.platform.config.pull_requests;
  const title = `Modules: ${count(work.install.length, 'to install').replace(/s$/, '')}, ${work.update.length} to update`;
  const result = await session.step(
    'modules',
    title,
    async () => {
      const run = await runOdoo(building, session, { name: 'modules', arguments: words });
      const after = await moduleRows(building);
      return { run, after, ...judge({ exitCode: run.exitCode, log: run.log, asked, rows: after, tests: false }, warningsAre) };
    },
    ({ verdict, lines: [line] }) => (verdict === 'red' ? (line ?? 'Odoo says nothing') : null),
  );
  const isWhole = result.run.exitCode === 0 && !result.after.some(({ state }) => state?.startsWith('to ') === true);
  const installed = { verdict: result.verdict, lines: result.lines.slice(0, MOST_LINES), asked, removedModules };
  if (isWhole || result.verdict !== 'red') return { ...installed, fallback: false };
  await session.step('fallback', 'A database with base alone, to look at', () => fillBase(building, session));
  return { ...installed, asked: [], fallback: true };
}
