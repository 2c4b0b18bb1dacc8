import { readRecords } from '../adapters/files/evidence-store.ts';
import { sha256 } from '../adapters/files/hash.ts';
import { DAY_MS } from '../core/config/duration.ts';
import type { ControlPlane } from '../core/control-plane/port.ts';
import {
  deploymentRow,
  deployments,
  promotionRow,
  promotionsInto,
  type DeploymentRow,
  type PromotionRow,
} from '../core/control-plane/questions.ts';
import { rowsOf } from '../core/control-plane/rows.ts';
import { OpsError } from '../core/errors.ts';
import { isSealed } from '../core/evidence/record.ts';
import { changesOfDeployments, changesOfPromotions, type Change } from '../core/report/changes.ts';
import { dora, type Dora } from '../core/report/dora.ts';
import { openControlPlane } from './control-plane/open.ts';
import type { Workspace } from './workspace.ts';

export interface SourcedReport {
  report: Dora;
  /** Where the rows were read. */
  source: 'control-plane' | 'evidence';
}

/** Rows of an environment, from a moment on. */
interface Rows {
  deployments: (since: string) => Promise<DeploymentRow[]>;
  promotions: (since: string) => Promise<PromotionRow[]>;
  /** True where any deployment was ever recorded. */
  anyDeployment: () => Promise<boolean>;
}

const PAGE = 500;
/** What is read before the window, to tell a new failure from one that lasts, and a new commit from one that was there. */
const BEFORE = 90 * DAY_MS;

async function pages<Row>(page: (after: Row | undefined) => Promise<Row[]>): Promise<Row[]> {
  const all: Row[] = [];
  for (;;) {
    const rows = await page(all.at(-1));
    all.push(...rows);
    if (rows.length < PAGE) return all;
  }
}

const fromControlPlane = (plane: ControlPlane, environment: string): Rows => ({
  deployments: (since) => pages((after) => plane.select(deployments({ environment, since }, PAGE, after))),
  promotions: (since) => pages((after) => plane.select(promotionsInto(environment, { since, limit: PAGE, ...(after && { after }) }))),
  anyDeployment: async () => (await plane.select(deployments({ environment }, 1))).length > 0,
});

/** The same rows, made of the records of this clone. */
async function fromEvidence(workspace: Workspace, environment: string): Promise<Rows> {
  const { records } = await readRecords(workspace.evidenceRoot);
  const rows = records.flatMap(({ record, folder }) =>
    isSealed(record) && 'environment' in record.plan && record.plan.environment === environment
      ? [rowsOf({ record, folder }, workspace.config.control_plane.client_id, sha256)]
      : [],
  );
  const all = rows.flatMap((row) => row.deployments ?? []).map((row) => deploymentRow.parse(row));
  const promotions = rows.flatMap((row) => row.promotions ?? []).map((row) => promotionRow.parse(row));
  const recent = (time: string, since: string) => Date.parse(time) >= Date.parse(since);
  return {
    deployments: (since) => Promise.resolve(all.filter(({ deployed_at }) => recent(deployed_at, since))),
    promotions: (since) => Promise.resolve(promotions.filter(({ finished_at }) => recent(finished_at, since))),
    anyDeployment: () => Promise.resolve(all.length > 0),
  };
}

async function changesOf(rows: Rows, since: string): Promise<{ counted: Dora['counted']; changes: Change[] }> {
  return (await rows.anyDeployment())
    ? { counted: 'deployments', changes: changesOfDeployments(await rows.deployments(since)) }
    : { counted: 'promotions', changes: changesOfPromotions(await rows.promotions(since)) };
}

/**
 * How delivery to an environment went, from the control plane, or from the evidence of this clone where there is none.
 * @throws OpsError `usage` where `from` is not before `now`, `unreachable`
 */
export async function deliveryReport(
  workspace: Workspace,
  { environment, from, now }: { environment: string; from: Date; now: Date },
): Promise<SourcedReport> {
  if (from >= now) throw new OpsError('usage', 'The report begins after now.', { hint: 'Name an earlier time with --since, such as 30d.' });
  const plane = await openControlPlane(workspace);
  const rows = plane ? fromControlPlane(plane, environment) : await fromEvidence(workspace, environment);
  const { counted, changes } = await changesOf(rows, new Date(Math.max(0, from.getTime() - BEFORE)).toISOString());
  const report = dora(changes, { environment, from: from.getTime(), to: now.getTime(), counted });
  return { report, source: plane ? 'control-plane' : 'evidence' };
}
