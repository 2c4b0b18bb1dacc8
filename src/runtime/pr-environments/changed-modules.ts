import { differingFiles, hasCommit, mergeBase } from '../../adapters/git/history.ts';
import { addonsFolders } from '../../core/config/schema.ts';
import type { Sha } from '../../core/repository/names.ts';
import { touchedModules } from '../../core/repository/module.ts';
import { moduleChanges } from '../promotion/modules.ts';
import type { Workspace } from '../workspace.ts';
import { commitConfig } from './commit-config.ts';
import type { Platform } from './platform.ts';

/** Modules that differ from what the database was made of; where that is not known, from where the branch began. */
export async function changedModules(
  { git }: Workspace,
  { config, staging }: Platform,
  made: Sha | null,
  head: Sha,
): ReturnType<typeof moduleChanges> {
  const from = made !== null && (await hasCommit(git, made)) ? made : staging === null ? null : await mergeBase(git, staging, head);
  if (from === null) return [];
  const [changed, own] = await Promise.all([differingFiles(git, from, head), commitConfig(git, head, config)]);
  const folders = touchedModules(
    changed.map((path) => ({ path })),
    addonsFolders(own),
  );
  return moduleChanges(git, from, head, folders);
}
