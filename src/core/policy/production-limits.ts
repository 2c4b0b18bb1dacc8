import { days } from '../config/duration.ts';
import { CONFIG_FILE } from '../config/schema.ts';
import { count } from '../text.ts';
import { bodyFindings, limitsOfProduction } from './production/body-limits.ts';
import type { Finding } from './finding.ts';
import { limitFindings, limitOf, servingInstances, unsetFinding, withoutRepeats, type Limit } from './odoo/limits.ts';
import { odooInstances, settingOf, type OdooInstance } from './odoo/instances.ts';
import { postgresLimit } from './production/postgres-limit.ts';
import type { Answer, RepositoryFacts, RuleDefinition } from './rule.ts';

const OURS = { rule: 'production-limits', paragraph: '§8.3' } as const;
const WORKERS = [4, 8] as const;
const POOL = 20;
const RETENTION_DAYS = 30;
/** Where nobody says anything (`odoo/tools/config.py`). */
const DEFAULT_CRON_THREADS = 2;
const DEFAULT_POOL = 64;

/** Asks an Odoo for a number between two. @param unset what it means where nobody says it; left out where that is no matter */
function between(
  instance: OdooInstance,
  option: string,
  [least, most]: readonly [number, number],
  means: Limit['means'],
  unset?: string,
): Finding[] {
  const said = limitOf(instance, option);
  const limit: Limit = {
    ...OURS,
    option,
    // What is nearest; the size of a pool has only one end that means something.
    value: least === 1 ? most : Math.min(Math.max(said ?? least, least), most),
    isAllowed: (value) => value >= least && value <= most,
    means,
  };
  return said === undefined && unset !== undefined ? [unsetFinding(instance, limit, unset)] : limitFindings(instance, limit);
}

const IN_THREADS = 'all requests run in threads of one process';

const workersFindings = (instance: OdooInstance): Finding[] =>
  between(instance, 'workers', WORKERS, (value) => (value === 0 ? IN_THREADS : `§8.3 has ${WORKERS.join(' to ')}`), IN_THREADS);

function poolFindings(facts: RepositoryFacts, instance: OdooInstance): Finding[] {
  const means = (value: number): string =>
    value < 1 ? 'it could not connect at all' : `each of its processes may open as many connections, and §8.3 has ${POOL}`;
  const wrong = [
    ...between(
      instance,
      'db_maxconn',
      [1, POOL],
      means,
      `each of its processes may open ${DEFAULT_POOL} connections, and §8.3 has ${POOL}`,
    ),
    ...between(instance, 'db_maxconn_gevent', [1, POOL], means),
  ];
  return wrong.length > 0 ? wrong : sumFindings(facts, instance);
}

/** db_maxconn is for one process: what counts for PostgreSQL is the sum. */
function sumFindings(facts: RepositoryFacts, instance: OdooInstance): Finding[] {
  const setting = settingOf(instance, 'db_maxconn');
  const [workers, pool, threads] = ['workers', 'db_maxconn', 'max_cron_threads'].map((option) => limitOf(instance, option));
  const crons = threads === undefined ? DEFAULT_CRON_THREADS : threads;
  const server = postgresLimit(facts, instance);
  if (!setting || !server || workers == null || pool == null || crons === null) return [];
  // The one for the web socket, and the one that starts the others.
  const processes = workers + crons + 2;
  const all = processes * pool;
  if (all <= server.connections) return [];
  return [
    {
      ...OURS,
      severity: 'warning',
      file: setting.file,
      range: setting.range,
      message: `The ${processes} processes of ${instance.name} may open ${all} connections, and ${server.name} takes ${server.connections}.`,
      fix: `Start PostgreSQL with -c max_connections=${Math.ceil((all + 20) / 50) * 50}, or lower db_maxconn or workers.`,
      stage: 'production',
    },
  ];
}

function retentionFindings({ config }: RepositoryFacts): Finding[] {
  const { log_retention: retention } = config.control_plane;
  if (days(retention) === RETENTION_DAYS) return [];
  const beginning = { line: 1, column: 1 };
  return [
    {
      ...OURS,
      severity: 'error',
      file: CONFIG_FILE,
      range: { start: beginning, end: beginning },
      message: `control_plane.log_retention is ${retention}, and §8.3 has ${RETENTION_DAYS} days.`,
      fix: `Write log_retention: ${RETENTION_DAYS}d, or leave it out.`,
    },
  ];
}

function check(facts: RepositoryFacts): Answer {
  const instances = servingInstances(odooInstances(facts), ['production']);
  const limits = limitsOfProduction(facts);
  const retention = retentionFindings(facts);
  if (instances.length === 0 && limits.length === 0 && retention.length === 0) {
    return {
      not_applicable:
        'No file is the configuration of production. Set ODOO_STAGE to production, name a file or folder so, or say it in policy.stages of odoo-ops.yml.',
    };
  }
  return {
    looked_at: `${count(instances.length, 'Odoo')} of production and ${count(limits.length, 'limit')} of a proxy`,
    findings: [
      ...withoutRepeats(instances.flatMap((instance) => [...workersFindings(instance), ...poolFindings(facts, instance)])),
      ...bodyFindings(limits),
      ...retention,
    ],
  };
}

/** §8.3: what one Odoo of production may take. */
export const productionLimits: RuleDefinition = {
  name: OURS.rule,
  title: 'Production keeps to its workers, connections, request size and retention',
  paragraph: OURS.paragraph,
  check,
};
