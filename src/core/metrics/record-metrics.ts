import type { DeploymentOutcome } from '../deployment/plan.ts';
import type { EvidenceRecord, SealedRecord } from '../evidence/record.ts';
import { metric, seconds, type Metric } from './metric.ts';

type Attributes = Metric['attributes'];

/** `cicd.pipeline.result`. What a gate or a policy refused did not succeed; a process that was killed is a trouble of the system. */
const RESULTS = { passed: 'success', failed: 'failure', refused: 'failure', cancelled: 'cancellation', interrupted: 'error' } as const;
/** `cicd.pipeline.task.run.result` */
const ANSWERS = { passed: 'success', failed: 'failure', inconclusive: 'error' } as const;
/** `deployment.status`: OpenTelemetry has two values, and lets others be where none of them applies. */
const STATUS = { passed: 'succeeded', failed: 'failed', refused: 'refused', cancelled: 'cancelled', interrupted: 'failed' } as const;

/** What an act was about, in the words of the conventions. */
function subject({ plan, outcome, result }: EvidenceRecord): Attributes {
  switch (plan.act) {
    case 'build':
      return { 'vcs.ref.head.revision': plan.commit.sha };
    case 'promotion': {
      const sha = outcome?.act === 'promotion' ? outcome.sha : null;
      return {
        'deployment.environment.name': plan.environment,
        'vcs.ref.head.name': plan.from,
        'vcs.ref.base.name': plan.to,
        'vcs.ref.head.revision': sha ?? plan.from_sha,
      };
    }
    case 'deployment':
      return {
        'deployment.environment.name': plan.environment,
        'deployment.status': STATUS[result],
        'odoo_ops.rollback': plan.rollback,
        'vcs.ref.head.name': plan.branch,
        'vcs.ref.head.revision': plan.sha,
      };
    case 'pr-environment':
      return {
        'deployment.environment.name': `pr-${plan.number}`,
        'vcs.change.id': String(plan.number),
        'vcs.ref.head.name': plan.branch,
        ...(plan.sha === null ? {} : { 'vcs.ref.head.revision': plan.sha }),
      };
    default:
      return {};
  }
}

function deploymentMetrics({ migrations, health }: DeploymentOutcome, environment: Attributes, recorded_at: string): Metric[] {
  return [
    ...migrations.flatMap(({ module, duration_ms }) =>
      duration_ms === null
        ? []
        : [metric('odoo_ops.migration.duration', seconds(duration_ms), { ...environment, 'odoo_ops.module.name': module }, recorded_at)],
    ),
    ...health.flatMap(({ name, result, checked_at, duration_ms }) => {
      const attributes = { ...environment, 'odoo_ops.health_check.name': name };
      // Where nobody could tell, neither 1 nor 0 is true, and how long it took says nothing.
      return result === 'inconclusive'
        ? []
        : [
            metric('odoo_ops.health_check.duration', seconds(duration_ms), attributes, checked_at),
            metric('odoo_ops.health_check.status', result === 'passed' ? 1 : 0, attributes, checked_at),
          ];
    }),
  ];
}

/** What can be measured of an act, from its record alone: the same numbers whenever and wherever it is delivered. */
export function recordMetrics(record: SealedRecord): Metric[] {
  const { plan, outcome, result } = record;
  const recorded_at = record.finished_at ?? record.started_at;
  const environment: Attributes = 'environment' in plan ? { 'deployment.environment.name': plan.environment } : {};
  const run: Attributes = {
    'cicd.pipeline.name': plan.act,
    'cicd.pipeline.run.state': 'executing',
    'cicd.pipeline.result': RESULTS[result],
    ...(result === 'passed' || result === 'cancelled' ? {} : { 'error.type': result }),
    ...subject(record),
  };
  return [
    metric('cicd.pipeline.run.duration', seconds(Date.parse(recorded_at) - Date.parse(record.started_at)), run, recorded_at),
    ...(outcome?.act === 'promotion'
      ? outcome.gates.map((gate) =>
          metric(
            'odoo_ops.gate.duration',
            seconds(gate.duration_ms),
            {
              ...environment,
              'cicd.pipeline.name': plan.act,
              'cicd.pipeline.task.name': gate.name,
              'cicd.pipeline.task.type': 'test',
              'cicd.pipeline.task.run.result': ANSWERS[gate.result],
            },
            gate.started_at,
          ),
        )
      : []),
    ...(outcome?.act === 'deployment' ? deploymentMetrics(outcome, environment, recorded_at) : []),
  ];
}
