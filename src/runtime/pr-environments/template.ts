import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeStagingTemplate } from '../../adapters/postgres/environments/template.ts';
import { OpsError } from '../../core/errors.ts';
import { sharedStamp } from '../../core/pr-environments/thing.ts';
import { bytesText } from '../../core/text.ts';
import { pastDeployments } from '../deploy/facts.ts';
import { say, type Workspace } from '../workspace.ts';
import { openPlatform, type PlatformOptions } from './platform.ts';

export interface KeepTemplate extends PlatformOptions {
  /** Staging's filestore of that database, on this machine; null for none. */
  filestore: string | null;
}

export interface KeptTemplate {
  database: string;
  size: string;
  /** How it was made: as a copy on the same server, or by pg_dump and pg_restore. */
  how: 'copy' | 'dump';
  ms: number;
}

/** @throws OpsError `usage` */
function stagingUrl({ environment, config }: Workspace): string {
  const { database_url_env: variable } = config.environments.staging;
  const url = variable === undefined ? '' : (environment[variable] ?? '');
  if (url !== '') return url;
  throw new OpsError('usage', variable === undefined ? 'Where staging has its database is not said.' : `${variable} is not set.`, {
    hint: 'Name a variable as environments.staging.database_url_env in odoo-ops.yml, and set it to the connection string of that database.',
  });
}

/** @throws OpsError `usage` */
async function requireFolder(path: string): Promise<string> {
  const folder = resolve(path);
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return folder;
  throw new OpsError('usage', `${folder} is no folder.`, {
    hint: "Name the filestore of staging's database: <data_dir>/filestore/<database>.",
  });
}

/**
 * Keeps a copy of staging that environments are made from; the one before stays in use until this one is complete.
 * @throws OpsError `usage`, `unreachable`, `rejected`, `config` where pg_dump is too old
 */
export async function keepTemplate(workspace: Workspace, options: KeepTemplate): Promise<KeptTemplate> {
  const { context } = workspace;
  const folder = options.filestore === null ? null : await requireFolder(options.filestore);
  const platform = await openPlatform(workspace, options);
  const source = stagingUrl({ ...workspace, config: platform.config });
  const { running } = await pastDeployments(workspace, 'staging');
  const stamp = sharedStamp(platform.project, { commit: running ?? platform.staging });
  const report = (line: string): void => say(context, line);
  const { template, how, ms } = await makeStagingTemplate(platform.serverOptions, { source, stamp, report }, context.signal);
  // Without files of its own it has none: those of the template before belong to another database.
  const files = folder ?? (await mkdtemp(join(tmpdir(), 'odoo-ops-no-files-')));
  try {
    await platform.engine.storeTemplate(template.name, stamp, { folder: files }, context.signal);
  } finally {
    if (folder === null) await rm(files, { recursive: true, force: true });
  }
  return { database: template.database, size: bytesText(template.bytes), how, ms };
}
