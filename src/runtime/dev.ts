import { join } from 'node:path';
import { findOdoo } from '../adapters/odoo/find-odoo.ts';
import { startDevServer, type DevServer, type DevServerListeners } from '../adapters/odoo/dev-server.ts';
import { folderInRepository } from '../core/config/paths.ts';
import { parseDevServerOptions } from '../core/devserver/options.ts';
import { OpsError } from '../core/errors.ts';
import type { Workspace } from './workspace.ts';

export type { DevServer };

export interface DevOptions {
  database?: string;
  port?: number;
  init?: string[];
  update?: string[];
  configFile?: string;
  /** What stands after `--`: handed to odoo-bin. */
  extraArguments?: string[];
}

/**
 * Starts Odoo in development mode on this repository: the configured addons path, found here instead of in the container.
 * @throws OpsError `usage` or `unreachable`; nothing was started then
 */
export async function dev(workspace: Workspace, options: DevOptions, listeners: DevServerListeners = {}): Promise<DevServer> {
  const { config, root, context, environment } = workspace;
  const database = options.database ?? config.odoo.database ?? environment['PGDATABASE'];
  if (database === undefined) {
    throw new OpsError('usage', 'Which database?', {
      hint: 'Name it with --database, as odoo.database in odoo-ops.yml, or as PGDATABASE.',
    });
  }
  const { home, program, python } = await findOdoo({ env: environment, repository: root });
  const addonsPath = config.odoo.addons_path.map((entry) => {
    const folder = folderInRepository(entry, config.odoo.workspace_folder);
    return folder === undefined ? entry : join(root, folder);
  });
  const parsed = parseDevServerOptions({
    odooHome: home,
    program,
    python,
    addonsPath,
    database,
    httpPort: options.port ?? config.odoo.http_port,
    init: options.init,
    update: options.update,
    configFile: options.configFile,
    extraArguments: options.extraArguments ?? [],
    // The stage is said once, here, so that no addon takes a developer's machine for production (§3.2).
    env: { ODOO_STAGE: 'development' },
  });
  return startDevServer(parsed, context, listeners);
}
