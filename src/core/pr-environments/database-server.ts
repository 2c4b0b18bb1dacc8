import type { Attempt, EnvironmentIdentity } from './identity.ts';
import type { Keeper, Stamp } from './thing.ts';

/** A database that copies are made from; nobody works in it. */
export interface Template {
  database: string;
  /** `staging`, or `fresh-<hash of modules and versions>`. */
  name: string;
  stamp: Stamp;
  bytes: number;
}

/** The right to build, change or remove one environment. A newer claim ends the older one. */
export interface Claim {
  /** Fires where a newer claim came, or the connection that holds this one broke. Its reason is an OpsError `moved` or `unreachable`. */
  signal: AbortSignal;
  release: () => Promise<void>;
}

export interface ServerDescription {
  version: string;
  /** How it is reached by others: `host:port` of the connection string. */
  host: string;
  port: number;
  /** What it lacks or lets happen, with how to mend it: an error is one that no environment may be made with. */
  problems: readonly { severity: 'error' | 'warning'; message: string; hint: string }[];
}

/** How a copy was made. */
export type CopyStrategy = 'wal_log' | 'file_copy' | 'file_copy_clone' | 'empty';

/** The PostgreSQL server that environments' databases live on. @throws OpsError `unreachable`, `rejected` (with what it said), `cancelled` */
export interface DatabaseServer extends Keeper {
  describe: (signal: AbortSignal) => Promise<ServerDescription>;
  /**
   * Takes the environment: whoever builds it now is told and ends, then this one has it.
   * @param options.wait false: null at once where somebody has it (sweeps do not disturb builds)
   */
  claim: (identity: EnvironmentIdentity, options: { wait: boolean }, signal: AbortSignal) => Promise<Claim | null>;
  /** Numbers of those among some environments that somebody builds, changes or removes right now, on whatever host. */
  claimed: (identities: readonly EnvironmentIdentity[], signal: AbortSignal) => Promise<Set<number>>;
  /** Numbers of the environments that were built, and wait for their turn to run. */
  waiting: (project: string, signal: AbortSignal) => Promise<Set<number>>;
  /** Says whether an environment waits, to all who share the server. A new build begins without waiting. */
  setWaiting: (identity: EnvironmentIdentity, waiting: boolean, signal: AbortSignal) => Promise<void>;
  templates: (project: string, signal: AbortSignal) => Promise<Template[]>;
  /**
   * Role and database of an environment, anew: what was there under its stamp goes first. The role owns the database and all in it, may
   * connect to it and to `postgres` only, and owns nothing else.
   * @param from a template's database; null for an empty one
   */
  createDatabase: (
    attempt: Attempt,
    options: { from: string | null; password: string; stamp: Stamp },
    signal: AbortSignal,
  ) => Promise<{ strategy: CopyStrategy; bytes: number; ms: number }>;
  /** Makes a template of an environment's database (a fresh one that is worth keeping). */
  keepAsTemplate: (attempt: Attempt, name: string, stamp: Stamp, signal: AbortSignal) => Promise<void>;
  /** Runs SQL in the environment's database as its own role, in one transaction. @returns rows of the last statement */
  run: (identity: EnvironmentIdentity, password: string, sql: string, values: unknown[], signal: AbortSignal) => Promise<unknown[]>;
  /** Connection string of the environment's database as its role, as seen from this machine. A secret. */
  url: (identity: EnvironmentIdentity, password: string) => string;
}
