import type { DevServerOptions } from './options.ts';

/**
 * Arguments that may not come in by the side door. Odoo's parser is optparse, which also takes a value glued to a short option (`-dname`)
 * and any unambiguous beginning of a long one (`--db_pa`), hence beginnings.
 */
const RESERVED: readonly (readonly [beginning: RegExp, reason: string])[] = [
  [/^(-w|--db_pa|--smtp-pa)/, 'is a secret, and anybody can read the arguments of a process: use an environment variable'],
  [/^(-d|--datab)/, 'is set by `database`'],
  [/^(-p|--http-p|--http-i)/, 'is set by `httpPort` and `httpInterface`'],
  [/^(-i|--ini|-u|--upd)/, 'is set by `init` and `update`'],
  [/^(-c|--conf)/, 'is set by `configFile`'],
  [/^(--addo|--dev(=|$)|--db-f)/, 'is set by the development server itself'],
  [/^(--stop|--test|--no-h)/, 'would end the server, or its HTTP service, before it can be used'],
];

/** Why an argument may not be among `extraArguments`, or `undefined` where it may. */
export function reservedArgument(argument: string): string | undefined {
  const rule = RESERVED.find(([beginning]) => beginning.test(argument));
  // Only the option's name: its value may be the secret.
  return rule && `${/^(--[^=]*|-.)/.exec(argument)?.[0] ?? ''} ${rule[1]}`;
}

/** Which file Python runs: the program that was found, or `odoo-bin` of the source folder. */
export function programOf(options: Pick<DevServerOptions, 'odooHome' | 'program'>): string {
  return options.program ?? `${options.odooHome}/odoo-bin`;
}

/**
 * The options that each of Odoo's commands takes: which configuration, database and addons.
 *
 * `--db-filter` repeats the database: a `dbfilter` in an odoo.conf otherwise goes over `-d` (`db_filter` in `odoo/http.py`).
 * `re.match` needs the `$`. `--addons-path` goes over the odoo.conf, it does not add to it.
 */
function databaseArguments(options: DevServerOptions): string[] {
  return [
    ...(options.configFile === undefined ? [] : [`--config=${options.configFile}`]),
    `--database=${options.database}`,
    `--db-filter=^${options.database.replaceAll('.', '\\.')}$`,
    ...(options.addonsPath.length === 0 ? [] : [`--addons-path=${options.addonsPath.join(',')}`]),
  ];
}

const httpArguments = ({ httpInterface, httpPort }: DevServerOptions): string[] => [
  `--http-interface=${httpInterface}`,
  `--http-port=${httpPort}`,
];

const moduleArguments = ({ init, update }: DevServerOptions): string[] => [
  ...(init?.length ? [`--init=${init.join(',')}`] : []),
  ...(update?.length ? [`--update=${update.join(',')}`] : []),
];

/** The arguments for Odoo's `server` command, after the program. */
export function serverArguments(options: DevServerOptions): string[] {
  return [...databaseArguments(options), ...httpArguments(options), ...moduleArguments(options), '--dev=all', ...options.extraArguments];
}

/**
 * The arguments for the program `odoo_reload`, after its name: its own, then those for the Odoo that it serves. Odoo gets all of
 * `--dev` but `reload`, and no module work: both are the program's. It serves with threads, whatever the extra arguments say.
 */
export function reloadArguments(options: DevServerOptions): string[] {
  const { fast } = options;
  return [
    ...['--home', options.odooHome, '--events-fd', '3', '--commands-fd', '0'],
    ...['--database', options.database, '--interface', options.httpInterface, '--port', String(options.httpPort)],
    ...(fast?.live ?? []).flatMap((folder) => ['--live', folder]),
    ...(options.init?.length ? ['--init', options.init.join(',')] : []),
    ...(options.update?.length ? ['--update', options.update.join(',')] : []),
    ...(fast?.autoUpdate ? ['--auto-update'] : []),
    ...(fast?.debug ? ['--debug'] : []),
    ...(fast === undefined ? [] : ['--watch', fast.watch]),
    '--',
    ...databaseArguments(options),
    ...httpArguments(options),
    '--dev=access,qweb,xml',
    ...options.extraArguments,
    '--workers=0',
  ];
}

/** The arguments for Odoo's `shell` command, after the program. The shell serves nothing, so it may run beside the server. */
export function shellArguments(options: DevServerOptions): string[] {
  return ['shell', ...databaseArguments(options), '--no-http', ...options.extraArguments];
}
