import { shortSha } from '../repository/short-sha.ts';
import { plainText } from '../text.ts';
import { lasted } from '../time.ts';
import { shownTime } from './act-text.ts';
import type { HealthRow } from './detail-questions.ts';
import type { DeploymentRow, GateRow, PromotionRow } from './questions.ts';

/** What ran in an environment at a moment, and how it came there. */
export interface RanAt {
  environment: string;
  /** ISO 8601. */
  at: string;
  /** By what it is said: a deployment, or, where none is recorded, a promotion: then it is what the branch held. Null for nothing at all. */
  basis: 'deployment' | 'promotion' | null;
  sha: string | null;
  since: string | null;
  /** Null where it has not been replaced since. */
  until: string | null;
  /** The last one that is known to have left the environment running something; it may have failed all the same, by its health. */
  deployment: (DeploymentRow & { health: HealthRow[] }) | null;
  /** Later ones, until the moment, of which nobody can say what they left. */
  tried: DeploymentRow[];
  /** What brought the commit to the branch of the environment; null where no record says. */
  promotion: (PromotionRow & { gates: GateRow[] }) | null;
}

const ENDED = {
  passed: 'passed',
  failed: 'failed',
  refused: 'was refused',
  cancelled: 'was cancelled',
  interrupted: 'was cut off',
} as const;
const MARKS = { passed: '✓', failed: '✗', inconclusive: '?' } as const;

function triedLine({ started_at, sha, result, error }: DeploymentRow, timeZone: string): string {
  const why = error === null ? '' : ` (${plainText(error)})`;
  return `!         ${shownTime(started_at, timeZone)} a deployment of ${shortSha(sha)} ${ENDED[result]}${why}: nobody can say what it left`;
}

function promotionLines(promotion: NonNullable<RanAt['promotion']>, timeZone: string): string[] {
  const { actor, from_branch, to_branch, from_sha, finished_at, emergency_reason, gates, evidence_folder, id } = promotion;
  const width = Math.max(0, ...gates.map(({ name }) => name.length));
  return [
    `promoted  ${shownTime(finished_at, timeZone)} by ${plainText(actor)}, from ${plainText(from_branch)} (${shortSha(from_sha)}) to ${plainText(to_branch)}`,
    ...(emergency_reason === null ? [] : [`          by the emergency path: ${plainText(emergency_reason)}`]),
    `          record ${id.slice(0, 8)}, ${plainText(evidence_folder)}`,
    gates.length === 0 ? 'gates     none is recorded' : 'gates',
    ...gates.map(
      ({ name, result, message, duration_ms }) =>
        `  ${MARKS[result]} ${plainText(name).padEnd(width)}  ${lasted(duration_ms)}  ${plainText(message)}`,
    ),
  ];
}

function deploymentLines(deployment: NonNullable<RanAt['deployment']>, timeZone: string): string[] {
  const { started_at, actor, rollback, result, error, health, evidence_folder, id } = deployment;
  return [
    `deployed  ${shownTime(started_at, timeZone)} by ${plainText(actor)}${rollback ? ', back to what had run before' : ''}`,
    ...(result === 'passed' ? [] : [`          and ${ENDED[result]}: ${plainText(error ?? 'no reason is recorded')}`]),
    ...(health.length === 0 ? [] : [`          ${health.map(({ name, result: said }) => `${MARKS[said]} ${plainText(name)}`).join('  ')}`]),
    `          record ${id.slice(0, 8)}, ${plainText(evidence_folder)}`,
  ];
}

/** The answer for a terminal. @param source where it was read */
export function ranAtText(ran: RanAt, timeZone: string, source: 'control-plane' | 'evidence'): string {
  const { environment, at, basis, sha, since, until, deployment, tried, promotion } = ran;
  const when = shownTime(at, timeZone);
  const from = source === 'evidence' ? ['', 'From the evidence of this clone; `odoo-ops evidence sync` brings that of others.'] : [];
  if (basis === null || sha === null || since === null)
    return [
      `No record says what ran in ${environment} at ${when} (${timeZone}).`,
      ...tried.map((one) => triedLine(one, timeZone)),
      ...from,
    ].join('\n');
  const end = until === null ? 'nothing has replaced it yet' : `until ${shownTime(until, timeZone)}`;
  return [
    `${environment}, ${when} (${timeZone})`,
    '',
    `commit    ${sha}`,
    `${basis === 'deployment' ? 'ran ' : 'held'}      since ${shownTime(since, timeZone)}, ${end}`,
    ...(deployment ? deploymentLines(deployment, timeZone) : ['deployed  no deployment is recorded by then: this is what its branch held']),
    ...tried.map((one) => triedLine(one, timeZone)),
    ...(promotion ? promotionLines(promotion, timeZone) : ['promoted  no record of a promotion has this commit']),
    ...from,
  ].join('\n');
}
