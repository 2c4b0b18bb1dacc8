import { randomBytes } from 'node:crypto';
import { bytesOf } from '../../core/config/pull-requests.ts';
import { OpsError } from '../../core/errors.ts';
import type { CodeSource } from '../../core/pr-environments/engine.ts';
import type { Attempt } from '../../core/pr-environments/identity.ts';
import type { Git } from '../../adapters/git/git.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import type { Session } from '../evidence/session.ts';
import { configurationWith, type Building } from './building.ts';
import { copyDatabase } from './copy.ts';
import { fillFresh, findFresh, freshSource } from './fresh.ts';
import type { Platform } from './platform.ts';
import { requireSpace } from './prepare.ts';
import { everything, isElsewhere, removeThings } from './remove.ts';

interface GroundRequest {
  plan: EnvironmentPlan;
  attempt: Attempt;
  source: CodeSource;
  signal: AbortSignal;
}

/** Waits for all of them, also where one fails: nothing goes on behind the back of the cleaning. */
async function all<T extends readonly Promise<unknown>[]>(work: readonly [...T]): Promise<{ -readonly [Key in keyof T]: Awaited<T[Key]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/**
 * Code, place, database and filestore of an environment: what Odoo needs before it can run. The code comes first, while the environment of
 * the commit before is still there; then that one goes, and the rest is made side by side.
 */
export async function makeGround(
  git: Git,
  platform: Platform,
  session: Session,
  { plan, attempt, source, signal }: GroundRequest,
): Promise<Building> {
  const { engine, server, config } = platform;
  const { limits, egress } = config.pull_requests;
  const codeLog = session.log('code.log');
  const code = await session.step('code', `Bring the code of ${shortSha(attempt.commit)} there`, () =>
    engine.buildCode(attempt, source, codeLog, signal),
  );
  await session.step('replace', 'Take away what was there', () => takeAwayOlder(platform, attempt, signal));
  const fresh = plan.template ? null : await freshSource(git, platform, code.base);
  const from = plan.template?.database ?? findFresh(await server.templates(platform.project, signal), fresh)?.database ?? null;
  const bounds = { cpus: limits.cpus, memory: bytesOf(limits.memory), egress };
  const password = randomBytes(24).toString('base64url');
  const endpoint = await server.describe(signal);
  const [copy, { place, files, modules }] = await all([
    session.step('database', plan.template ? `Copy the database of ${plan.template.name}` : 'Make a database', () =>
      copyDatabase(platform, session, { from, attempt, password, signal }),
    ),
    (async () => {
      // The place goes first: making it ends what an earlier try left running there.
      const place = await session.step('place', 'Make its network', () => engine.makePlace(attempt, bounds, endpoint, signal));
      // One job at a time in a place.
      const files = await session.step('filestore', 'Copy its files', () =>
        engine.makeFilestore(attempt, code, plan.template?.name ?? null, signal),
      );
      const modules = await engine.listModules(attempt, code, signal);
      return { place, files, modules };
    })(),
  ]);
  requireSpace(copy.bytes + files, limits.disk);
  const configuration = configurationWith({ attempt, place, password, platform }, code);
  const url = engine.kind === 'process' ? `http://localhost:${place.http.port}` : plan.url;
  const building: Building = {
    platform,
    plan,
    attempt,
    source,
    password,
    signal,
    code,
    place,
    url,
    configuration,
    modules,
    copy: { strategy: copy.strategy, bytes: copy.bytes },
    sourceUuid: copy.sourceUuid,
  };
  if (from === null) await session.step('fresh', 'Fill a fresh database', () => fillFresh(building, session, fresh));
  return building;
}

/** What an earlier attempt at this environment left, running or half-built. Images stay: they belong to commits. */
async function takeAwayOlder(platform: Platform, attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { number } = attempt.identity;
  const older = (await everything(platform, signal)).filter(
    ({ thing }) => thing.stamp.number === number && thing.stamp.attempt !== attempt.id,
  );
  const foreign = older.find((one) => isElsewhere(platform, one));
  if (foreign) {
    const { kind, name } = foreign.thing;
    throw new OpsError('refused', `${kind} ${name} belongs to environment ${number} at another engine, where it may be running.`, {
      hint: `Take it down there: \`odoo-ops pr down ${number}\`. Where that engine is gone, the same here.`,
    });
  }
  const { kept, failed } = await removeThings(
    older.map((one) => ({ ...one, reason: 'a newer build takes its place' })),
    signal,
  );
  const [left] = [...failed, ...kept];
  if (left)
    throw new OpsError('failed', `${left.kind} ${left.name} of the last build cannot be taken away: ${left.reason}`, {
      hint: 'Try `odoo-ops pr down` first.',
    });
}
