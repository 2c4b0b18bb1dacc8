import { readRecord } from '../adapters/files/evidence-store.ts';
import { isPlainPath } from '../core/config/paths.ts';
import type { ActDetails } from '../core/control-plane/act-details.ts';
import { environmentOfAct } from '../core/control-plane/environment-questions.ts';
import { healthOf, migrationsOf, oneBuild, oneDeployment, onePromotion } from '../core/control-plane/detail-questions.ts';
import { gatesOfPromotion, type Activity } from '../core/control-plane/questions.ts';
import { openControlPlane } from './control-plane/open.ts';
import type { Reader } from './control-plane/reading.ts';
import { readerOf } from './evidence/reader.ts';
import type { Workspace } from './workspace.ts';

async function promotionOf(reader: Reader, id: string): Promise<ActDetails['promotion']> {
  const [[promotion], gates] = await Promise.all([reader.select(onePromotion(id)), reader.select(gatesOfPromotion(id))]);
  return promotion ? { ...promotion, gates } : null;
}

async function deploymentOf(reader: Reader, id: string): Promise<ActDetails['deployment']> {
  const [deployment] = await reader.select(oneDeployment(id));
  if (!deployment) return null;
  const [health, migrations] = await Promise.all([reader.select(healthOf(deployment)), reader.select(migrationsOf(id))]);
  return { ...deployment, health, migrations };
}

/**
 * What is known of one act: from its evidence folder where that lies here, which costs one file, else from the control plane.
 * @throws OpsError `unreachable`, `cancelled`
 */
export async function actDetails(workspace: Workspace, act: Activity): Promise<ActDetails> {
  const base = `${workspace.config.evidence.folder}/`;
  const stored =
    act.folder.startsWith(base) && isPlainPath(act.folder)
      ? await readRecord(workspace.evidenceRoot, act.folder.slice(base.length))
      : undefined;
  const here = stored?.record.id === act.id ? readerOf(() => Promise.resolve([{ record: stored.record, folder: act.folder }])) : null;
  const reader = here ?? (await openControlPlane(workspace));
  if (!reader) return { act, promotion: null, deployment: null, build: null, environment: null };
  return {
    act,
    promotion: act.act === 'promotion' ? await promotionOf(reader, act.id) : null,
    deployment: act.act === 'deployment' ? await deploymentOf(reader, act.id) : null,
    build: act.act === 'build' ? ((await reader.select(oneBuild(act.id)))[0] ?? null) : null,
    environment: act.act === 'pr-environment' ? ((await reader.select(environmentOfAct(act.id)))[0] ?? null) : null,
  };
}
