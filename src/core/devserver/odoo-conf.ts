/** How to reach PostgreSQL. An empty field is left to the driver, as Odoo leaves it to libpq. */
export interface DatabaseConnection {
  host: string;
  port: number | undefined;
  user: string;
  password: string;
  sslmode: string;
}

/**
 * The `[options]` of an odoo.conf, as Python's RawConfigParser reads them: `=` or `:`, comments at the start of a line, names in
 * lower case. Values of several lines are not needed here and keep their first line.
 */
export function parseOdooConf(text: string): Map<string, string> {
  const options = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue;
    section = /^\[([^\]]+)\]/.exec(line)?.[1] ?? section;
    const [, name, value] = /^([^\s[=:][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === 'options' && name !== undefined && value !== undefined) options.set(name.toLowerCase(), value);
  }
  return options;
}

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
