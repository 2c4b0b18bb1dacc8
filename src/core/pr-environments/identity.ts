import type { Sha } from '../repository/names.ts';
import type { Stamp } from './thing.ts';

/** One pull request's environment: who it is wherever something of it exists. Made by `environmentIdentity`. */
export interface EnvironmentIdentity {
  /** Of the repository, so that several share a host: `[a-z0-9]` and single dashes, at most 24 characters. */
  project: string;
  /** Of the pull request. */
  number: number;
  /** Where people open it: `pr-<number>-<slug>.<domain>`, each label at most 63 characters. */
  host: string;
  /** Containers, networks, volumes, routes: `odoo-ops-<project>-pr-<number>`. */
  name: string;
  /** Database and role have one name: `odoo_ops_<project>_pr_<number>`, at most 63 bytes, `[a-z0-9_]` only. */
  database: string;
}

/** One try to build an environment. A newer one of the same pull request ends the older. */
export interface Attempt {
  identity: EnvironmentIdentity;
  /** UUID. */
  id: string;
  commit: Sha;
  /** On all that is made for it. */
  stamp: Stamp;
}
