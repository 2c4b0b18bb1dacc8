import { parseLogLine, type LogLine } from '../devserver/log-line.ts';
import type { MigrationPlan, MigrationResult } from './plan.ts';

/** `Module sale loaded in 0.32s (incl. 0.10s test), 12 queries (+3 other)`, from odoo/modules/loading.py. */
const LOADED = /^Module (\S+) loaded in (\d+(?:\.\d+)?)s\b/;

/** Reads Odoo's log, line by line, out of whatever else a command prints. */
export interface LoadTimes {
  read: (line: string) => void;
  /** Milliseconds by module; of several loads of one module the longest, which is the update. */
  times: ReadonlyMap<string, number>;
}

/** How long Odoo took for each module, by its own log. */
export function loadTimes(): LoadTimes {
  const times = new Map<string, number>();
  let previous: LogLine | undefined;
  return {
    times,
    read: (text) => {
      // Before Odoo's line there may be the name of its container or the time of another logger.
      const line = parseLogLine(text.replace(/^.*?(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ )/, ''), previous);
      previous = line;
      if (line.continued || !line.logger.startsWith('odoo.modules')) return;
      const [, module, seconds] = LOADED.exec(line.message) ?? [];
      if (module !== undefined) times.set(module, Math.max(times.get(module) ?? 0, Math.round(Number(seconds) * 1000)));
    },
  };
}

/** Migrations with the time that Odoo's log gives for their module. */
export const migrationResults = (plans: readonly MigrationPlan[], times: ReadonlyMap<string, number>): MigrationResult[] =>
  plans.map((plan) => ({ ...plan, duration_ms: times.get(plan.module) ?? null }));
