import { OpsError } from '../../../core/errors.ts';

// URL knows no empty host with a user before it, which is how a socket is written: postgresql://user:password@/database?host=/run/postgresql
const NO_HOST = /^([a-z]+:\/\/(?:[^/@]*@)?)\//;
const STAND_IN = 'no-host.invalid';

function parse(url: string): URL {
  const text = url.replace(NO_HOST, `$1${STAND_IN}/`);
  if (/^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new OpsError('config', 'The connection string of a database server is not one.', {
    hint: 'Expected postgresql://user:password@host:5432/postgres.',
  });
}

const write = (url: URL): string => url.href.replace(`${STAND_IN}/`, '/');

/** The same server, another database (and role). A secret. @throws OpsError `config` */
export function urlOf(url: string, database: string, user?: { name: string; password: string }): string {
  const made = parse(url);
  made.pathname = `/${encodeURIComponent(database)}`;
  if (user) {
    for (const name of ['user', 'password', 'dbname', 'database']) made.searchParams.delete(name);
    [made.username, made.password] = [user.name, encodeURIComponent(user.password)];
  }
  return write(made);
}

export interface Address {
  /** A name, an address, or the folder of a socket. */
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** What follows `?`. */
  parameters: ReadonlyMap<string, string>;
}

/** @throws OpsError `config` */
export function addressOf(url: string): Address {
  const { hostname, port, username, password, pathname, searchParams } = parse(url);
  const parameter = (name: string) => searchParams.get(name) ?? '';
  const user = parameter('user') || decodeURIComponent(username);
  const host = hostname === STAND_IN ? '' : decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1');
  return {
    host: parameter('host') || host || 'localhost',
    port: Number(parameter('port') || port || '5432'),
    user,
    password: parameter('password') || decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)) || user,
    parameters: new Map(searchParams),
  };
}
