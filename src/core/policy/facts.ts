import type { NeededFile } from './build/facts.ts';
import type { Position } from '../config/parse.ts';
import type { CronRecord } from './addons/cron-facts.ts';
import type { Range } from './finding.ts';
import type { ModelMethod, ProcessCache, ProcessState, Thread } from './addons/python-facts.ts';
import type { SecretFact } from './secrets/facts.ts';
import type { SqlProtection, SqlPublication, SqlServer, SqlSubscription, SqlTable, SqlText, SqlWrite } from './ledger/sql-facts.ts';

/** A text of a file, and where it stands. */
export interface Word {
  value: string;
  range: Range;
}

/** A variable of an environment. */
export interface Variable {
  name: string;
  /** After `${NAME:-default}`; null where only the machine that runs it knows. */
  value: string | null;
  /** The variable or secret outside that it takes its value from: `PROD_DB_PASSWORD` of `${{ secrets.PROD_DB_PASSWORD }}`. */
  from: string | null;
  /** The value, or the name where there is none. */
  range: Range;
}

export interface Mount {
  /** From the root of the repository (`` is the root itself), absolute for one outside of it; null for a named volume. */
  source: string | null;
  /** Absolute, in the container. */
  target: string;
}

/** Where one more variable can be written without thinking: `before name between value after`, put in at `at`. */
export interface VariableSlot {
  at: Position;
  before: string;
  between: string;
  after: string;
}

/** What starts a container: a service of Compose or Swarm, a container of Kubernetes, a dev container, a Dockerfile, a job of a workflow. */
export interface Container {
  kind: 'compose' | 'kubernetes' | 'devcontainer' | 'dockerfile' | 'workflow';
  name: string;
  range: Range;
  image: Word | null;
  /** Paths from the root of the repository. */
  build: { context: string; dockerfile: string; target?: string } | null;
  /** Entrypoint and command, word by word, as a shell would read them; `${X}` without a default stays as it is written. */
  words: Word[];
  environment: Variable[];
  /** Left out where a person has to think: a map that others share, or none that could take it. */
  variable_slot?: VariableSlot;
  /** Paths from the root of the repository. */
  env_files: Word[];
  /** ConfigMaps and Secrets of Kubernetes whose entries are variables. */
  env_from?: Word[];
  mounts: Mount[];
  networks: Word[];
  working_folder: string | null;
  /** Other services that this one begins as, the first below the others; the file is a path from the root of the repository. */
  extends: { file: string; service: string }[] | null;
}

/** A ConfigMap of Kubernetes. */
export interface ConfigMap {
  name: string;
  variables: Variable[];
  range: Range;
}

/** A network at the top of a compose file. */
export interface Network {
  name: string;
  /** The name that the engine knows it by, where it is not the file's own. */
  outer_name: string | null;
  /** No way out. */
  internal: boolean;
  range: Range;
}

/** An option in the section `[options]` of an odoo.conf, as Odoo reads it. */
export interface ConfOption {
  name: string;
  value: string;
  /** The value; the name where it is empty. */
  range: Range;
}

export interface OdooConf {
  options: ConfOption[];
  /** The line `[options]`: where an option that is missing would be written below. */
  section: Range;
}

/** A place that tells Odoo its addons path outside of a container and of odoo.conf: documentation, scripts, workflows. */
export interface AddonsPathText {
  paths: string[];
  range: Range;
  /** Of the container that the text starts, where it says so. */
  mounts?: Mount[];
}

/** The limit for the size of a request to Odoo, in the configuration of a proxy. */
export interface BodyLimit {
  product: 'caddy' | 'nginx' | 'traefik' | 'ingress';
  /** null: there is none. */
  bytes: number | null;
  /** False where the file says nothing and the product's own default holds. */
  said: boolean;
  /** For all that the product serves: it holds for Odoo where another file says nothing. */
  general: boolean;
  /** The value; or the head of what takes requests to Odoo without one, behind which it would be written. */
  range: Range;
}

/** Something that a build takes from outside: pinned, it is the same tomorrow. */
export interface Pin {
  what: 'image' | 'action' | 'package';
  /** `odoo:19.0`, `actions/checkout@v4`, `requests>=2` */
  reference: string;
  pinned: boolean;
  range: Range;
}

/** A file of a format that should be read and cannot be. */
export interface Unreadable {
  message: string;
  range: Range;
}

/**
 * What one file tells the rules. JSON and nothing else: it is kept by the hash of the file's content.
 * Each format fills what it knows; what a file does not hold is left out.
 */
export interface FileFacts {
  /** Bytes of a file that is too large to be searched. */
  large?: { bytes: number }[];
  unreadable?: Unreadable[];
  process_states?: ProcessState[];
  process_caches?: ProcessCache[];
  threads?: Thread[];
  model_methods?: ModelMethod[];
  crons?: CronRecord[];
  containers?: Container[];
  networks?: Network[];
  /** An `.env` file. */
  variables?: Variable[];
  config_maps?: ConfigMap[];
  confs?: OdooConf[];
  addons_paths?: AddonsPathText[];
  body_limits?: BodyLimit[];
  pins?: Pin[];
  secrets?: SecretFact[];
  needed_files?: NeededFile[];
  sql_tables?: SqlTable[];
  sql_writes?: SqlWrite[];
  sql_protections?: SqlProtection[];
  sql_servers?: SqlServer[];
  sql_subscriptions?: SqlSubscription[];
  sql_publications?: SqlPublication[];
  sql_texts?: SqlText[];
}

/** A format that knows how to read some files. */
export interface Reader {
  name: string;
  /** Another number wherever it tells other facts of the same text: what was kept of before is then forgotten. */
  version: number;
  reads: (path: string) => boolean;
  /** It searches files of any kind: one that it cannot read is no finding. */
  everywhere?: true;
  /** Must hold of the text for there to be a fact: quick, and never false where `read` would tell something. */
  mayTell?: (text: string) => boolean;
  /** Never throws for what stands in the file: what it cannot read is `unreadable`. */
  read: (path: string, text: string) => FileFacts | Promise<FileFacts>;
}

/** Joins what several formats tell of one file. */
export function joinFacts(all: readonly FileFacts[]): FileFacts {
  const joined: Record<string, unknown[]> = {};
  for (const facts of all) {
    for (const [kind, found] of Object.entries(facts) as [string, unknown[]][]) {
      if (found.length > 0) joined[kind] = [...(joined[kind] ?? []), ...found];
    }
  }
  return joined;
}
