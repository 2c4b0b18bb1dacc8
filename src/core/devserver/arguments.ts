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
 * The arguments for Odoo's `server` command, after the program.
 *
 * `--db-filter` repeats the database: a `dbfilter` in an odoo.conf otherwise goes over `-d` (`db_filter` in `odoo/http.py`).
 * `re.match` needs the `$`. `--addons-path` goes over the odoo.conf, it does not add to it.
 */
export function serverArguments(options: DevServerOptions): string[] {
  return [
    ...(options.configFile === undefined ? [] : [`--config=${options.configFile}`]),
    `--database=${options.database}`,
    `--db-filter=^${options.database.replaceAll('.', '\\.')}$`,
    ...(options.addonsPath.length === 0 ? [] : [`--addons-path=${options.addonsPath.join(',')}`]),
    `--http-interface=${options.httpInterface}`,
    `--http-port=${options.httpPort}`,
    ...(options.init?.length ? [`--init=${options.init.join(',')}`] : []),
    ...(options.update?.length ? [`--update=${options.update.join(',')}`] : []),
    '--dev=all',
    ...options.extraArguments,
  ];
}
