import { commitWithMessage } from '../../adapters/git/history.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import type { Git } from '../../adapters/git/git.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import type { Code, CodeSource } from '../../core/pr-environments/engine.ts';
import type { Template } from '../../core/pr-environments/database-server.ts';
import { sharedStamp } from '../../core/pr-environments/thing.ts';
import type { Session } from '../evidence/session.ts';
import { say } from '../workspace.ts';
import { configurationWith, type Building } from './building.ts';
import { codeSource, modulesIn } from './code-source.ts';
import { commitConfig } from './commit-config.ts';
import type { Platform } from './platform.ts';
import { runOdoo } from './run-odoo.ts';

/** The code that a fresh database is made with: that of staging, which was reviewed. What a branch brings is installed into a copy. */
export interface FreshSource {
  source: CodeSource;
  /** `fresh-<hash of base, modules and their code>` */
  name: string;
}

/** What a fresh database is made of; null where the remote has no staging branch. */
export async function freshSource(git: Git, { staging, config }: Platform, base: string | null): Promise<FreshSource | null> {
  if (staging === null) return null;
  const source = await codeSource(git, await commitWithMessage(git, staging), await commitConfig(git, staging, config));
  const { fresh_modules: modules } = config.pull_requests.odoo;
  const own = source.folders.filter((folder) => modulesIn(folder).some((name) => modules.includes(name)));
  // Without an image nobody names the Odoo beneath: its series at least.
  const made = [base ?? config.odoo.version, ...[...modules].sort(), ...own.map(({ tree }) => tree)].join('\n');
  return { source, name: `fresh-${sha256(made).slice(0, 12)}` };
}

export const findFresh = (templates: readonly Template[], fresh: FreshSource | null): Template | null =>
  templates.find(({ name }) => name === fresh?.name) ?? null;

/**
 * Fills an environment's empty database and keeps it as a template: the next one is a copy.
 * @throws OpsError `failed` where the modules cannot be installed
 */
export async function fillFresh(building: Building, session: Session, fresh: FreshSource | null): Promise<void> {
  const { platform, attempt, signal } = building;
  const { fresh_modules: modules } = platform.config.pull_requests.odoo;
  const code: Code = fresh ? await platform.engine.buildCode(attempt, fresh.source, session.log('code.log'), signal) : building.code;
  const run = await runOdoo({ ...building, code, configuration: configurationWith(building, code) }, session, {
    name: 'fresh',
    arguments: ['-i', modules.join(','), '--stop-after-init', '--no-http'],
  });
  if (run.exitCode !== 0) {
    throw new OpsError('failed', `A fresh database could not be made: ${run.problem}`, {
      hint: 'Its log is in the evidence: logs/fresh.log.',
    });
  }
  if (fresh) {
    // What cannot be kept is made again the next time.
    const shared = sharedStamp(attempt.identity.project, { commit: fresh.source.commit, created_at: attempt.stamp.created_at });
    await platform.server.keepAsTemplate(attempt, fresh.name, shared, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      say(session.context, `The fresh database is not kept as a template: ${toOpsError(error).message}`, 'warning');
    });
  }
}

/** In the stead of a copy whose modules cannot be installed: a database with `base` alone, with the commit's code. */
export async function fillBase(building: Building, session: Session): Promise<void> {
  const { platform, attempt, password, signal } = building;
  await platform.server.createDatabase(attempt, { from: null, password, stamp: attempt.stamp }, signal);
  const run = await runOdoo(building, session, { name: 'base', arguments: ['-i', 'base', '--stop-after-init', '--no-http'] });
  if (run.exitCode === 0) return;
  throw new OpsError('failed', `Not even base can be installed: ${run.problem}`, { hint: 'Its log is in the evidence: logs/base.log.' });
}
