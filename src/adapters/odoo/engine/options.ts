import type { OdooInstallation } from '../find-odoo.ts';
import type { RunAs } from '../run-as.ts';

export interface ProcessEngineOptions {
  /** Where the environments of this clone are kept; Odoo's user must be able to get there. */
  folder: string;
  odoo: OdooInstallation;
  /** As root: whom Odoo runs as. */
  runAs: RunAs | undefined;
  /** Where a mail catcher may be: the dev container's. */
  mail: { host: string; port: number };
  /** Ours; Odoo sees of it what it needs and no more. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Bytes of the log of one Odoo: 8 MB. */
  logLimit?: number;
  /** How long Odoo gets to end its requests: 10 s. */
  graceMs?: number;
}
