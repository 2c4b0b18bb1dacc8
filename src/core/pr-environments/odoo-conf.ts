import { OpsError } from '../errors.ts';
import type { Place } from './engine.ts';
import type { EnvironmentIdentity } from './identity.ts';

export interface ConfOptions {
  identity: EnvironmentIdentity;
  place: Place;
  /** Of the environment's role. A secret. */
  password: string;
  /** As Odoo sees it, in order. */
  addonsPath: readonly string[];
  /** Without demo data in a fresh database; true unless told. */
  withoutDemo?: boolean;
}

const MEGABYTE = 1024 * 1024;

// Characters that would end a line, or that Python strips at its ends.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|^\s|\s$/u;
/** Odoo takes these for "not set". */
const NOTHING = ['None', 'False', 'false'];

const cannotBeWritten = (option: string, why: string): OpsError =>
  new OpsError('config', `${option} of an environment cannot be written into its odoo.conf: ${why}.`, {
    hint: 'Rename the folder, or what else has this name.',
    details: { option },
  });

/** A value as Python's RawConfigParser gives it back: it interpolates nothing, knows no quotes, and reads to the end of the line. */
function text(option: string, value: string): string {
  if (UNSAFE.test(value)) throw cannotBeWritten(option, 'it holds a line break or another character that is not read back as it is');
  if (NOTHING.includes(value)) throw cannotBeWritten(option, 'Odoo takes it for not set');
  return value;
}

/** Odoo puts variables and home folders into paths, and takes a comma for the next one. */
function path(option: string, value: string): string {
  if (/[,$]|^~/.test(value)) throw cannotBeWritten(option, 'its path has a comma, a dollar sign, or begins with a tilde');
  return text(option, value);
}

/** The whole text, as a regular expression of Python. */
const only = (name: string): string => `^${name.replace(/[^A-Za-z0-9_]/g, '\\$&')}$`;

/**
 * odoo.conf of an environment: one database and no way to another one, no scheduled actions (§3.3), workers that are recycled (§8.1), mail to
 * the catcher. It holds the role's password: a secret.
 * @throws OpsError `config` for a path that no odoo.conf can hold
 */
export function environmentConf({ identity, place, password, addonsPath, withoutDemo = true }: ConfOptions): string {
  const { database } = identity;
  const options: Record<string, string | number> = {
    db_host: text('db_host', place.database.host),
    db_port: place.database.port,
    db_user: text('db_user', database),
    db_password: text('db_password', password),
    db_name: text('db_name', database),
    // Of each process; many environments share one server.
    db_maxconn: 8,
    // A filter alone is no lock: the role owns this database and no other.
    dbfilter: only(database),
    list_db: 'False',
    // Nothing is the password that Odoo never accepts.
    admin_passwd: '',
    addons_path: addonsPath.map((folder) => path('addons_path', folder)).join(','),
    data_dir: path('data_dir', place.data_dir),
    http_interface: text('http_interface', place.http.interface),
    http_port: place.http.port,
    gevent_port: place.gevent.port,
    proxy_mode: 'True',
    // Processes and not threads, as in production: a process is recycled by itself, and `/websocket` has one of its own at gevent_port.
    workers: 2,
    max_cron_threads: 0,
    limit_request: 8192,
    limit_memory_soft: 512 * MEGABYTE,
    // One request fails then, before the engine ends all of Odoo for want of memory.
    limit_memory_hard: 1024 * MEGABYTE,
    // For those that somebody starts by hand (§8.2).
    limit_time_real_cron: 600,
    smtp_server: text('smtp_server', place.mail.host),
    smtp_port: place.mail.port,
    without_demo: withoutDemo ? 'True' : 'False',
    log_level: 'info',
  };
  const lines = Object.entries(options).map(([name, value]) => `${name} = ${value}`.trimEnd());
  return ['[options]', ...lines, ''].join('\n');
}
