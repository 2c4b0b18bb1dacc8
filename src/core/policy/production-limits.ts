import { days } from '../config/duration.ts';
import { CONFIG_FILE } from '../config/schema.ts';
import { count } from '../text.ts';
import { bodyFindings, limitsOfProduction } from './body-limits.ts';
import type { Finding } from './finding.ts';
import { odooInstances, settingOf, type OdooInstance } from './instances.ts';
import { postgresLimit } from './postgres-limit.ts';
import { between, limitFinding, missing, numberOf } from './production-settings.ts';
import type { Answer, RepositoryFacts, RuleDefinition } from './rule.ts';

const PARAGRAPH = '§8.3';
const WORKERS = { least: 4, most: 8 };
const POOL = 20;
const RETENTION_DAYS = 30;
/** Where nobody says anything (`odoo/tools/config.py`). */
const DEFAULT_CRON_THREADS = 2;
const DEFAULT_POOL = 64;

function workersFindings(instance: OdooInstance): Finding[] {
  if (!settingOf(instance, 'workers'))
    return [missing(instance, 'workers', WORKERS.least, 'Odoo runs all requests in threads of one process')];
  return between(instance, 'workers', WORKERS.least, WORKERS.most, (value) =>
    value === 0 ? 'all requests run in threads of one process' : `§8.3 has ${WORKERS.least} to ${WORKERS.most}`,
  );
}

function poolFindings(facts: RepositoryFacts, instance: OdooInstance): Finding[] {
  if (!settingOf(instance, 'db_maxconn')) {
    return [missing(instance, 'db_maxconn', POOL, `each of its processes may open ${DEFAULT_POOL} connections, and §8.3 has ${POOL}`)];
  }
  const means = (value: number): string =>
    value === 0 ? 'it could not connect at all' : `each of its processes may open as many, and §8.3 has ${POOL}`;
  const wrong = ['db_maxconn', 'db_maxconn_gevent'].flatMap((name) => between(instance, name, 1, POOL, means));
  return wrong.length > 0 ? wrong : sumFindings(facts, instance);
}

/** db_maxconn is for one process: what counts for PostgreSQL is the sum. */
function sumFindings(facts: RepositoryFacts, instance: OdooInstance): Finding[] {
  const setting = settingOf(instance, 'db_maxconn');
  const [workers, pool, threads] = ['workers', 'db_maxconn', 'max_cron_threads'].map((name) => numberOf(instance, name));
  const server = postgresLimit(facts, instance);
  if (!setting || !server || workers?.value == null || pool?.value == null) return [];
  const crons = threads?.isSaid ? threads.value : DEFAULT_CRON_THREADS;
  if (crons === null) return [];
  // The one for the web socket, and the one that starts the others.
  const processes = workers.value + crons + 2;
  const all = processes * pool.value;
  if (all <= server.connections) return [];
  return [
    limitFinding(setting.file, setting.range, {
      severity: 'warning',
      message: `The ${processes} processes of ${instance.name} may open ${all} connections, and ${server.name} takes ${server.connections}.`,
      fix: `Start PostgreSQL with -c max_connections=${Math.ceil((all + 20) / 50) * 50}, or lower db_maxconn or workers.`,
    }),
  ];
}

function retentionFindings({ config }: RepositoryFacts): Finding[] {
  const { log_retention: retention } = config.control_plane;
  if (days(retention) === RETENTION_DAYS) return [];
  const beginning = { line: 1, column: 1 };
  return [
    {
      rule: 'production-limits',
      severity: 'error',
      file: CONFIG_FILE,
      range: { start: beginning, end: beginning },
      message: `control_plane.log_retention is ${retention}, and §8.3 has ${RETENTION_DAYS} days.`,
      fix: `Write log_retention: ${RETENTION_DAYS}d, or leave it out.`,
      paragraph: PARAGRAPH,
    },
  ];
}

// A job of a workflow, and one that ends by itself, serve nobody.
const serves = (instance: OdooInstance): boolean => instance.kind !== 'workflow' && settingOf(instance, 'stop_after_init') === undefined;

function check(facts: RepositoryFacts): Answer {
  const instances = odooInstances(facts).filter((instance) => instance.stage === 'production' && serves(instance));
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
      ...instances.flatMap((instance) => [...workersFindings(instance), ...poolFindings(facts, instance)]),
      ...bodyFindings(limits),
      ...retention,
    ],
  };
}

/** §8.3: what one Odoo of production may take. */
export const productionLimits: RuleDefinition = {
  name: 'production-limits',
  title: 'Production keeps to its workers, connections, request size and retention',
  paragraph: PARAGRAPH,
  check,
};
