import { optionsOf, parseIni } from '../ini.ts';

/** How to reach PostgreSQL. An empty field is left to the driver, as Odoo leaves it to libpq. */
export interface DatabaseConnection {
  host: string;
  port: number | undefined;
  user: string;
  password: string;
  sslmode: string;
}

/** The `[options]` of an odoo.conf by name, as Odoo reads them. */
export const parseOdooConf = (text: string): Map<string, string> =>
  new Map([...optionsOf(parseIni(text), 'options')].map(([name, { value }]) => [name, value]));

/**
 * The connection that Odoo 19 uses: environment over file (`configmanager.options` and `env_name` in `odoo/tools/config.py`).
 * It skips `False` and `None` in the file, which older versions wrote for "not set".
 */
export function databaseConnection(
  env: Readonly<Record<string, string | undefined>>,
  conf: ReadonlyMap<string, string>,
): DatabaseConnection {
  const pick = (variable: string, option: string): string => {
    const fromFile = conf.get(option) ?? '';
    return env[variable] ?? (/^(False|false|None)$/.test(fromFile) ? '' : fromFile);
  };
  const port = Number(pick('PGPORT', 'db_port'));
  return {
    host: pick('PGHOST', 'db_host'),
    port: Number.isInteger(port) && port > 0 ? port : undefined,
    user: pick('PGUSER', 'db_user'),
    password: pick('PGPASSWORD', 'db_password'),
    sslmode: pick('PGSSLMODE', 'db_sslmode') || 'prefer',
  };
}
