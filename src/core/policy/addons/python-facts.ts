import type { Range } from '../finding.ts';

/** A place in Python, with the function that it stands in: `Model.method`; null at the level of the module. */
export interface PythonPlace {
  function: string | null;
  range: Range;
}

/** A name of a module or a class that functions change while the server runs: each worker has its own, and loses it. */
export interface ProcessState {
  /** `CACHE`, or `Model._cache` for one of a class. */
  name: string;
  /** `container`: a list, dict or set whose content changes; `name`: `global x` with another value each time. */
  kind: 'container' | 'name';
  /** Only filled where it was empty (`if x is None: x = …`): a connection or a client that is made when it is needed. */
  lazy: boolean;
  /** Only keeps answers: looks for one (`x.get(key)`, `key in x`), and else writes one that does not hang on those before. */
  answers: boolean;
  /** Where it is bound first. */
  range: Range;
  changes: PythonPlace[];
}

/** A function whose answers are kept in the process. */
export interface ProcessCache extends PythonPlace {
  function: string;
  /** `lru_cache`, `functools.cache` */
  decorator: string;
  /** The parameter that belongs to one request or one database: `self` of a model, `env`, `cr`; null where all are plain values. */
  takes: string | null;
  bounded: boolean;
  /** The same file empties it. */
  cleared: boolean;
}

/** A thread, timer or pool that outlives the code that starts it. */
export interface Thread extends PythonPlace {
  /** `threading.Thread` */
  what: string;
}

/** A method of an Odoo model, as far as crons have to do with it. */
export interface ModelMethod {
  /** The models of its class: `_name`, or all of `_inherit`. */
  models: string[];
  name: string;
  range: Range;
  /** Calls of `time.sleep`, for a second or more. */
  sleeps: Range[];
  /** `while True` without a way out. */
  loops: Range[];
  /** Methods that it calls on its own records. */
  calls: string[];
}
