import { join } from 'node:path';
import { findOdoo } from '../adapters/odoo/find-odoo.ts';
import { startDevServer, type DevServer, type DevServerListeners } from '../adapters/odoo/dev-server.ts';
import { realFolders } from '../adapters/odoo/real-folders.ts';
import { folderInRepository } from '../core/config/paths.ts';
import { liveRoots } from '../core/devserver/live-roots.ts';
import { availableReloader, parseDevServerOptions, type DevServerOptions, type Reloader } from '../core/devserver/options.ts';
import { OpsError } from '../core/errors.ts';
import { measured } from './dev-metrics.ts';
import { packageRoot } from './version.ts';
import { say, type Workspace } from './workspace.ts';

export type { DevServer };

export interface DevOptions {
  database?: string;
  port?: number;
  init?: string[];
  update?: string[];
  configFile?: string;
  /** What stands after `--`: handed to odoo-bin. */
  extraArguments?: string[];
  /** Default: `fast` where the system has it. */
  reloader?: Reloader;
  /** Update a module at once when a change needs it (fast reloader). */
  autoUpdate?: boolean;
  /** Listen for a debugger from the beginning (fast reloader). */
  debug?: boolean;
  /** How changes are noticed (fast reloader). */
  watch?: 'auto' | 'inotify' | 'poll';
}

const reloadFolder = (): string => join(packageRoot(), 'src', 'devserver');

async function fastOptions(workspace: Workspace, home: string, addonsPath: readonly string[], options: DevOptions) {
  const { reloader, notice } = availableReloader(options.reloader ?? 'fast', process.platform);
  if (notice !== undefined) say(workspace.context, notice, 'warning');
  if (reloader === 'odoo') return undefined;
  const [odooHome] = await realFolders([home]);
  return {
    folder: reloadFolder(),
    live: liveRoots({ roots: await realFolders(addonsPath), repository: workspace.root, odooHome: odooHome?.real ?? home }),
    autoUpdate: options.autoUpdate,
    debug: options.debug,
    watch: options.watch,
  };
}

/**
 * What the development server of this repository is started with: the configured addons path, found here instead of in the container.
 * @throws OpsError `usage` or `unreachable`
 */
export async function devServerOptions(workspace: Workspace, options: DevOptions): Promise<DevServerOptions> {
  const { config, root, environment } = workspace;
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
  return parseDevServerOptions({
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
    fast: await fastOptions(workspace, home, addonsPath, options),
    // The stage is said once, here, so that no addon takes a developer's machine for production (§3.2).
    env: { ODOO_STAGE: 'development' },
  });
}

/**
 * Starts Odoo in development mode on this repository, and measures its reloads.
 * @throws OpsError `usage` or `unreachable`; nothing was started then
 */
export async function dev(workspace: Workspace, options: DevOptions, listeners: DevServerListeners = {}): Promise<DevServer> {
  const chosen = await devServerOptions(workspace, options);
  return measured(workspace, listeners, (observed) => startDevServer(chosen, workspace.context, observed));
}
