import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { configFrom, readConfigFile } from '../adapters/files/config-file.ts';
import type { Git } from '../adapters/git/git.ts';
import { remotes } from '../adapters/git/refs.ts';
import { openRepository, repositoryState, type RepositoryState } from '../adapters/git/repository.ts';
import type { Config } from '../core/config/schema.ts';
import { OpsError } from '../core/errors.ts';
import type { Context } from '../core/events.ts';

/** The Supabase project of a repository, and as which client it is asked. */
export interface SupabaseProject {
  url: string;
  /** The publishable key. */
  key: string;
  clientId: string;
  /** Milliseconds for one call. */
  timeout: number;
}

/** A person's repository, opened for one act: its git commands end with the act's signal. */
export interface Workspace {
  root: string;
  git: Git;
  state: RepositoryState;
  config: Config;
  /** False where there is no odoo-ops.yml and all is default. */
  configured: boolean;
  /** The configured remote, where git knows it. */
  remote: string | null;
  /** What belongs to the clone and never to its content: ledger, outbox, state of the embedded server. */
  stateFolder: string;
  evidenceRoot: string;
  context: Context;
  environment: Readonly<Record<string, string | undefined>>;
  /** The access token of the person who is signed in to a Supabase project, fresh; null where nobody is, or the host knows no sign-in. */
  accessToken: (project: SupabaseProject) => Promise<string | null>;
}

/** Opens the repository that holds `folder`. @throws OpsError `repository` or `config` */
export async function openWorkspace(
  folder: string,
  context: Context,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  accessToken: Workspace['accessToken'] = () => Promise.resolve(null),
): Promise<Workspace> {
  // Many questions wait at a time, and each listens; that is no leak.
  setMaxListeners(0, context.signal);
  const git = await openRepository(folder, context.signal);
  const text = await readConfigFile(git.root);
  const config = configFrom(text ?? '');
  const [state, names] = await Promise.all([repositoryState(git), remotes(git)]);
  return {
    root: git.root,
    git,
    state,
    config,
    configured: text !== null,
    remote: names.includes(config.promotion.remote) ? config.promotion.remote : null,
    stateFolder: join(state.commonDirectory, 'odoo-ops'),
    evidenceRoot: join(git.root, config.evidence.folder),
    context,
    environment,
    accessToken,
  };
}

/** @throws OpsError `repository` where the configured remote does not exist */
export function requireRemote(workspace: Workspace): string {
  if (workspace.remote !== null) return workspace.remote;
  throw new OpsError('repository', `There is no remote ${workspace.config.promotion.remote}.`, {
    hint: 'Add it with `git remote add`, or name another one as promotion.remote in odoo-ops.yml.',
  });
}

export function say(context: Context, text: string, level: 'info' | 'warning' | 'error' | 'debug' = 'info'): void {
  context.report({ type: 'text', level, text });
}
