import { deploymentsFrom, healthOf, promotionsFrom, promotionsOfCommit } from '../core/control-plane/detail-questions.ts';
import { deployments, gatesOfPromotion, promotionsInto, type DeploymentRow, type PromotionRow } from '../core/control-plane/questions.ts';
import type { RanAt } from '../core/control-plane/ran-at.ts';
import { reading, type Reader, type Reading } from './control-plane/reading.ts';
import type { Workspace } from './workspace.ts';

/** Deployments that are looked at before a moment, and after it: so many do not fail one after the other. */
const LOOK = 50;

/** It left the environment running something, as far as its record says. */
const isKnown = ({ running_sha }: DeploymentRow): boolean => running_sha !== null;
/** Its command was begun, and nobody can say what it left. */
const isDoubtful = ({ started, running_sha }: DeploymentRow): boolean => started && running_sha === null;

async function withGates(reader: Reader, promotion: PromotionRow | undefined): Promise<RanAt['promotion']> {
  return promotion ? { ...promotion, gates: await reader.select(gatesOfPromotion(promotion.id)) } : null;
}

interface Found {
  environment: string;
  at: string;
  /** Newest first, until the moment. */
  before: readonly DeploymentRow[];
  /** Oldest first, from the moment on. */
  after: readonly DeploymentRow[];
}

async function byDeployment(reader: Reader, { environment, at, before, after }: Found, deployment: DeploymentRow): Promise<RanAt> {
  const [health, [promotion]] = await Promise.all([
    reader.select(healthOf(deployment)),
    reader.select(promotionsOfCommit(environment, deployment.sha, deployment.deployed_at)),
  ]);
  return {
    environment,
    at,
    basis: 'deployment',
    sha: deployment.running_sha,
    since: deployment.deployed_at,
    until: after.find((later) => isKnown(later) && later.id !== deployment.id)?.deployed_at ?? null,
    deployment: { ...deployment, health },
    tried: before.slice(0, before.indexOf(deployment)).filter(isDoubtful),
    promotion: await withGates(reader, promotion),
  };
}

async function byPromotion(reader: Reader, { environment, at, before, after }: Found): Promise<RanAt> {
  const [[promotion], promoted] = await Promise.all([
    reader.select(promotionsInto(environment, { until: at })),
    reader.select(promotionsFrom(environment, at)),
  ]);
  const ends = [promoted.find(({ id }) => id !== promotion?.id)?.finished_at, after.find(isKnown)?.deployed_at];
  const [until = null] = ends.filter((time) => time !== undefined).sort((a, b) => Date.parse(a) - Date.parse(b));
  const since = promotion?.finished_at ?? null;
  return {
    environment,
    at,
    basis: promotion ? 'promotion' : null,
    sha: promotion?.sha ?? null,
    since,
    until: promotion ? until : null,
    deployment: null,
    tried: before.filter((one) => isDoubtful(one) && (since === null || Date.parse(one.started_at) > Date.parse(since))),
    promotion: await withGates(reader, promotion),
  };
}

async function ask(reader: Reader, environment: string, at: string): Promise<RanAt> {
  const [before, after] = await Promise.all([
    reader.select(deployments({ environment, until: at }, LOOK)),
    reader.select(deploymentsFrom(environment, at, LOOK)),
  ]);
  const last = before.find(isKnown);
  return last ? byDeployment(reader, { environment, at, before, after }, last) : byPromotion(reader, { environment, at, before, after });
}

/**
 * What ran in an environment at a moment, as the last deployment left it; where none is recorded, what was promoted to its branch.
 * @throws OpsError `cancelled`
 */
export async function ranAt(workspace: Workspace, environment: string, at: Date): Promise<Reading<RanAt>> {
  return reading(workspace, (reader) => ask(reader, environment, at.toISOString()));
}
