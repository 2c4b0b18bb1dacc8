import * as z from 'zod';
import { OpsError } from '../errors.ts';
import { reservedArgument } from './arguments.ts';

const absolutePath = z.string().startsWith('/', 'must be an absolute path');

/** Odoo splits its lists at commas and knows no escape for them. */
const listedPath = absolutePath.refine((path) => !path.includes(','), 'must not contain a comma: Odoo splits the addons path at commas');

/** A technical module name, as Odoo's `MODULE_NAME_RE` has it (`odoo/modules/module.py`). */
const moduleName = z.string().regex(/^\w{1,256}$/, 'is not a module name');

/**
 * One database name that Odoo and PostgreSQL both take as it is: Odoo's own pattern (`addons/web/controllers/database.py`)
 * and PostgreSQL's 63 bytes. Odoo would split a comma into two databases, and read `postgres://` as an address.
 */
export const databaseNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, 'is not a database name that Odoo accepts')
  .max(63, 'is longer than the 63 bytes of a PostgreSQL name')
  .refine((name) => !['postgres', 'template0', 'template1'].includes(name), "is one of PostgreSQL's own databases");

/** Who reacts to a changed file: our own program (`src/devserver`), or Odoo itself (`--dev=all`). */
export type Reloader = 'fast' | 'odoo';

const fastSchema = z.object({
  /** The folder with the Python package `odoo_reload`. */
  folder: absolutePath,
  /** The addons folders whose code is edited: see `liveRoots`. Those that Odoo would skip are left out. */
  live: z.array(listedPath).default([]),
  /** Update a module at once when a change needs it. */
  autoUpdate: z.boolean().default(false),
  /** Listen for a debugger from the beginning. */
  debug: z.boolean().default(false),
  /** How changes are noticed. */
  watch: z.enum(['auto', 'inotify', 'poll']).default('auto'),
});

export const devServerOptionsSchema = z.object({
  /** Odoo's source folder: the one that holds `odoo-bin` and `addons`, or the folder around the Python package `odoo`. */
  odooHome: absolutePath,
  /** What Python runs. Default: `odoo-bin` in `odooHome`; a packaged Odoo calls it `/usr/bin/odoo`. */
  program: absolutePath.optional(),
  /** The interpreter, by path. */
  python: absolutePath,
  /** Folders of modules, first one wins. */
  addonsPath: z.array(listedPath),
  database: databaseNameSchema,
  /** Modules to install before serving (`-i`). */
  init: z.array(moduleName).optional(),
  /** Modules to update before serving (`-u`); `all` is every installed one. */
  update: z.array(moduleName).optional(),
  httpPort: z.int().min(1).max(65535),
  /** Odoo 19 itself would listen on every interface. */
  httpInterface: z.string().min(1).default('127.0.0.1'),
  /** An `odoo.conf`. Arguments and environment variables go over it. */
  configFile: absolutePath.optional(),
  /** More arguments for `odoo-bin`. No secrets (anybody can read a process's arguments), and none that has a field here. */
  extraArguments: z
    .array(
      z.string().superRefine((argument, context) => {
        const reason = reservedArgument(argument);
        if (reason !== undefined) context.addIssue({ code: 'custom', message: reason });
      }),
    )
    .default([]),
  /** Environment variables on top of our own. The database password is `PGPASSWORD`, which Odoo 19 reads as `db_password`. */
  env: z.record(z.string(), z.string()).default({}),
  /** The fast reloader; without it Odoo's own one runs. */
  fast: fastSchema.optional(),
  /** Milliseconds until `/web/login` must answer. Default: 2 minutes; 30 when modules are installed or updated first. */
  readyWithinMs: z.int().positive().optional(),
});

export type DevServerOptions = z.output<typeof devServerOptionsSchema>;
export type DevServerInput = z.input<typeof devServerOptionsSchema>;

/** @throws OpsError `usage`, with one line for each field that is not what it should be. */
export function parseDevServerOptions(input: unknown): DevServerOptions {
  const parsed = devServerOptionsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new OpsError('usage', `The development server cannot start with these options:\n${z.prettifyError(parsed.error)}`);
}

/** The reloader that this system can run, with why it is not the one that was asked for. The fast one needs `fork`. */
export function availableReloader(wanted: Reloader, platform: string): { reloader: Reloader; notice?: string } {
  if (wanted === 'odoo' || platform !== 'win32') return { reloader: wanted };
  return { reloader: 'odoo', notice: "The fast reloader needs Linux or macOS: Odoo's own one (--dev=all) is used." };
}

/** The address of the server on this machine. "Every interface" is no address to go to, so it becomes the loopback one. */
export function serverUrl(options: Pick<DevServerOptions, 'httpInterface' | 'httpPort'>): string {
  const wildcard: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const host = wildcard[options.httpInterface] ?? options.httpInterface;
  return `http://${host.includes(':') ? `[${host}]` : host}:${options.httpPort}`;
}

/** See `readyWithinMs`. */
export function readyDeadlineMs(options: Pick<DevServerOptions, 'init' | 'update' | 'readyWithinMs'>): number {
  const changesModules = [...(options.init ?? []), ...(options.update ?? [])].length > 0;
  return options.readyWithinMs ?? (changesModules ? 30 * 60_000 : 2 * 60_000);
}
