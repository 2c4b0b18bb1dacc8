import type { ControlPlane } from '../../src/core/control-plane/port.ts';
import { openWorkspace } from '../../src/runtime/workspace.ts';
import { startControlPlane, stopControlPlane } from '../../src/runtime/control-plane/embedded.ts';
import { requireControlPlane } from '../../src/runtime/control-plane/open.ts';
import { overview } from '../../src/runtime/status.ts';
import { pushBranches } from './branches.ts';
import { promotion } from '../support/deliveries.ts';
import { write } from './control-plane/fill.ts';
import { writeEvidence } from './evidence.ts';
import { environment, median, timed, type Report } from './measure.ts';
import { makeRepository } from './repository.ts';

const BRANCHES = 500;
const PROMOTIONS = 2_000;
const ROUNDS = 11;

/** Promotions of two years. */
async function writePromotions(plane: ControlPlane): Promise<void> {
  const at = (index: number) => new Date(Date.UTC(2025, 0, 1) + index * 8 * 3_600_000).toISOString();
  const promotions = Array.from({ length: PROMOTIONS }, (_, index) =>
    promotion(index, index % 4 === 0 ? 'production' : 'staging', {
      started_at: at(index),
      finished_at: at(index),
      result: index % 5 === 0 ? 'refused' : 'passed',
    }),
  );
  for (let start = 0; start < PROMOTIONS; start += 500) await write(plane, promotions.slice(start, start + 500));
}

/** What each refresh of the trees does, and `odoo-ops status --no-fetch`. */
export async function benchOverview(folder: string, report: Report): Promise<void> {
  const root = makeRepository(folder, { files: 1_000, bytes: 2_000, large: 0 });
  pushBranches(root, BRANCHES);
  const workspace = await openWorkspace(root, { signal: new AbortController().signal, report: () => undefined }, environment());
  const refresh = async (expected: 'reachable' | 'none') => {
    const seen = await overview(workspace, { fetch: false, gitHubToken: null });
    if (
      seen.controlPlane !== expected ||
      seen.pullRequests.length < BRANCHES / 2 ||
      seen.environments.filter(({ last }) => last !== null).length !== 2
    )
      throw new Error(`Not the overview that was to be measured: ${JSON.stringify(seen.notices)}`);
  };
  const values = async (expected: 'reachable' | 'none') => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await timed(() => refresh(expected)));
    return times;
  };
  const what = `${BRANCHES} branches, ${PROMOTIONS} promotions`;
  await startControlPlane(workspace);
  try {
    await writePromotions(await requireControlPlane(workspace));
    report({ figure: `from the control plane: ${what}`, value: median(await values('reachable')), unit: 'ms', target: 300 });
  } finally {
    await stopControlPlane(workspace, true);
  }
  await writeEvidence(workspace.evidenceRoot, PROMOTIONS);
  report({ figure: `from the evidence folders: ${what}`, value: median(await values('none')), unit: 'ms', target: 300 });
}
