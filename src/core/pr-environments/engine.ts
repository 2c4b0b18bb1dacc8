import type { Sha } from '../repository/names.ts';
import type { TreeEntry } from '../repository/commit.ts';
import type { Attempt, EnvironmentIdentity } from './identity.ts';
import type { Keeper, Stamp } from './thing.ts';

/** What an engine may be unable to give; said wherever an environment of it is shown. */
export type Guarantee = 'egress-lock' | 'limits' | 'file-isolation' | 'proxy' | 'wake-on-request';

export interface EngineDescription {
  kind: 'docker' | 'process';
  /** The same after a restart, and another one for each engine of each host. */
  id: string;
  /** `Docker Engine 28.2.2 at unix:///var/run/docker.sock`, `processes of this machine`. */
  title: string;
  lacks: readonly Guarantee[];
}

/** What a person should know or mend, with how. */
export interface EngineNote {
  message: string;
  hint: string;
}

/** An addons folder of the commit, read from git's objects: nothing of a work tree. */
export interface CodeFolder {
  /** From the root of the repository. */
  path: string;
  /** git's id of the folder: the same id holds the same bytes. */
  tree: string;
  /** Files below it in git's order, paths from the root of the repository. */
  files: readonly TreeEntry[];
}

/** The code of a commit, as an engine takes it in. */
export interface CodeSource {
  commit: Sha;
  /** ISO 8601; the one time that stands in what is built, so that the same commit gives the same bytes. */
  committed_at: string;
  folders: readonly CodeFolder[];
  /** How many bytes each of some files has, in the order asked: for little, since nothing of them is read. */
  sizes: (files: readonly TreeEntry[]) => Promise<number[]>;
  /** Bytes of some files, one after another in the order asked; `size` is known before they come. */
  read: (
    files: readonly TreeEntry[],
    each: (file: TreeEntry, size: number, chunks: Iterable<Buffer> | AsyncIterable<Buffer>) => Promise<void>,
  ) => Promise<void>;
  /** Text of the Python requirements; null where the commit has none. */
  requirements: string | null;
  /** Writes the whole commit into a folder that does not exist yet: for engines without images. */
  checkout: (folder: string) => Promise<void>;
}

/** Code that can be run. */
export interface Code {
  /** Image id (`sha256:…`), or folder. */
  id: string;
  /** The base that it stands on, by digest where the engine knows one; null without images. */
  base: string | null;
  /** Addons path as Odoo sees it there, in the configured order: folders of the commit, Odoo's own left out (it finds them itself). */
  addons_path: readonly string[];
  layers: readonly { name: string; digest: string; bytes: number; reused: boolean }[];
}

/** What an environment may use and reach. */
export interface Bounds {
  cpus: number;
  /** Bytes. */
  memory: number;
  /** `host:port`: the only places outside. */
  egress: readonly string[];
}

/** Where Odoo finds things, as seen from where it runs. */
export interface Place {
  database: { host: string; port: number };
  mail: { host: string; port: number };
  /** Odoo's `data_dir`. */
  data_dir: string;
  /** Where Odoo listens. */
  http: { interface: string; port: number };
  gevent: { port: number };
}

/** One run of Odoo's command that ends. */
export interface OdooJob {
  /** Name of its log: `modules`, `neutralize`. */
  name: string;
  /** What follows the command: `['-i', 'sale', '--stop-after-init']`, or `['neutralize', '--stdout']`. The configuration file and -d are added. */
  arguments: readonly string[];
  /** Text of odoo.conf. Holds the role's password: it goes into a file that only Odoo's user reads, never onto a command line. */
  configuration: string;
  /** Each line, as Odoo writes it. `stdout` is what the command answers, `stderr` its log. */
  onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/**
 * Where environments run. Each method may be called again after any interruption: it finds what is there already by our stamp.
 * @throws OpsError `unreachable` where the engine is away, `failed` where it refuses (with what it said), `cancelled`
 */
export interface Engine extends Keeper {
  readonly kind: 'docker' | 'process';
  /** Asked before anything else is done, so it asks for little. */
  describe: (signal: AbortSignal) => Promise<EngineDescription>;
  /** For `doctor`: looks at more than work needs. */
  notes: (signal: AbortSignal) => Promise<readonly EngineNote[]>;
  /** Makes the commit's code runnable: an image, or a work tree. */
  buildCode: (attempt: Attempt, source: CodeSource, report: (line: string) => void, signal: AbortSignal) => Promise<Code>;
  /** Makes the place of an environment: network without a way out, mail catcher and database reachable in it. */
  makePlace: (attempt: Attempt, bounds: Bounds, database: { host: string; port: number }, signal: AbortSignal) => Promise<Place>;
  /**
   * An empty filestore, or a copy of the template's (no shared inodes; by reflink where the file system can).
   * @param from name that `storeTemplate` was given; null for none
   * @returns how many bytes it holds
   */
  makeFilestore: (attempt: Attempt, code: Code, from: string | null, signal: AbortSignal) => Promise<number>;
  /** Keeps files as a template's filestore: of a folder on this machine, or of an environment. What had the name is replaced. */
  storeTemplate: (
    name: string,
    stamp: Stamp,
    from: { folder: string } | { environment: EnvironmentIdentity },
    signal: AbortSignal,
  ) => Promise<void>;
  /**
   * Modules that Odoo finds there, its own too, and whether each brings a `data/neutralize.sql`; the first of a name wins, as for Odoo.
   * Reads folders only: no code of the commit runs.
   */
  listModules: (attempt: Attempt, code: Code, signal: AbortSignal) => Promise<Map<string, { neutralizes: boolean }>>;
  /** Runs Odoo once in the place. @returns its exit code; null where a signal ended it */
  runOdoo: (attempt: Attempt, code: Code, job: OdooJob, signal: AbortSignal) => Promise<number | null>;
  /** The odoo.conf that the environment's Odoo was started with; null where there is none. A secret: the role's password is in it. */
  configuration: (identity: EnvironmentIdentity, signal: AbortSignal) => Promise<string | null>;
  /** Starts Odoo in the place, in the stead of what ran there. It comes back when the host does. */
  start: (attempt: Attempt, code: Code, configuration: string, signal: AbortSignal) => Promise<void>;
  /** When the running Odoo was started; null where none runs. */
  startedAt: (identity: EnvironmentIdentity, signal: AbortSignal) => Promise<Date | null>;
  /** Where its Odoo listens, `host:port` as seen from the proxy: known without asking. */
  upstream: (identity: EnvironmentIdentity) => { http: string; gevent: string };
  /** Stops it; all of it stays, so that `wake` brings it back. */
  stop: (identity: EnvironmentIdentity, signal: AbortSignal) => Promise<void>;
  /** @returns false where there is nothing to wake */
  wake: (identity: EnvironmentIdentity, signal: AbortSignal) => Promise<boolean>;
  /** Asks the running Odoo, past the proxy. Null where nobody answers (yet). */
  ask: (identity: EnvironmentIdentity, path: string, signal: AbortSignal) => Promise<{ status: number; location: string | null } | null>;
  /** Log of the running Odoo: the last `tail` lines, and what follows where asked, until the signal. */
  logs: (
    identity: EnvironmentIdentity,
    options: { tail: number; follow: boolean; onLine: (line: string) => void },
    signal: AbortSignal,
  ) => Promise<void>;
  /** Whether the running Odoo ended by itself, and what it said last: why it is red. Null while it runs or where there is none. */
  ended: (identity: EnvironmentIdentity, signal: AbortSignal) => Promise<{ exitCode: number | null; lines: string[] } | null>;
}
