import { count } from '../text.ts';
import { addonsOf } from './addons/addon-files.ts';
import type { FileFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { limitFindings, limitOf, servingInstances, unsetFinding, withoutRepeats, type Limit } from './odoo/limits.ts';
import { odooInstances, type OdooInstance } from './odoo/instances.ts';
import { cacheFindings, stateFindings, threadFindings } from './addons/process-state.ts';
import { factsOf, type Answer, type RepositoryFacts, type RuleDefinition } from './rule.ts';

const OURS = { rule: 'worker-recycling', paragraph: '§8.1' } as const;
const MEGABYTE = 1024 * 1024;
const SOFT_BYTES = 512 * MEGABYTE;
/** What Odoo's own defaults leave between the two. */
const HARD_BYTES = 640 * MEGABYTE;

const REQUESTS: Limit = {
  ...OURS,
  option: 'limit_request',
  value: 8192,
  isAllowed: (value) => value > 0 && value <= 8192,
  means: (value) => (value > 0 ? 'a worker of §8.1 is recycled after 8192 requests' : 'no worker would serve a request'),
};
const SOFT: Limit = {
  ...OURS,
  option: 'limit_memory_soft',
  value: SOFT_BYTES,
  isAllowed: (value) => value > 0 && value <= SOFT_BYTES,
  means: (value) =>
    value > 0
      ? `${Math.round(value / MEGABYTE)} MB, and a worker of §8.1 is recycled above 512 MB (${SOFT_BYTES})`
      : 'a worker is not recycled however much memory it takes',
};

/** Above the hard limit each allocation fails: below the soft one, a worker would fail and never be recycled. 0 is no limit. */
function hardFindings(instance: OdooInstance): Finding[] {
  const said = limitOf(instance, 'limit_memory_soft');
  // Another one is a finding of its own, and becomes this.
  const soft = said && SOFT.isAllowed(said) ? said : SOFT_BYTES;
  return limitFindings(instance, {
    ...OURS,
    option: 'limit_memory_hard',
    value: HARD_BYTES,
    isAllowed: (value) => value === 0 || value > soft,
    means: () => 'it is not above limit_memory_soft, so requests fail for want of memory before the worker is recycled',
  });
}

function settingFindings(instance: OdooInstance): Finding[] {
  const unset = (limit: Limit, means: string): Finding[] =>
    limitOf(instance, limit.option) === undefined ? [unsetFinding(instance, limit, means)] : [];
  return [
    ...unset(REQUESTS, 'a worker serves 65536 requests before it is recycled'),
    ...limitFindings(instance, REQUESTS),
    ...unset(SOFT, 'a worker may take 2 GB before it is recycled'),
    ...limitFindings(instance, SOFT),
    ...hardFindings(instance),
  ];
}

function check(facts: RepositoryFacts): Answer {
  const instances = servingInstances(odooInstances(facts), ['staging', 'production']);
  const addonOf = addonsOf(facts);
  const inAddons = <Kind extends keyof FileFacts>(kind: Kind) => factsOf(facts, kind).filter(({ file }) => addonOf(file) !== null);
  const python = facts.paths.filter((path) => path.endsWith('.py') && addonOf(path) !== null).length;
  if (instances.length === 0 && python === 0) {
    return {
      not_applicable:
        'No file is the configuration of staging or production, and there are no addons. Set ODOO_STAGE, name a file or folder after its stage, or say it in policy.stages of odoo-ops.yml.',
    };
  }
  return {
    looked_at: `${count(instances.length, 'Odoo')} of staging and production and ${count(python, 'Python file')} of addons`,
    findings: [
      ...withoutRepeats(instances.flatMap(settingFindings)),
      ...stateFindings(inAddons('process_states')),
      ...cacheFindings(inAddons('process_caches')),
      ...threadFindings(inAddons('threads')),
    ],
  };
}

/** §8.1: workers are recycled at any time, and nothing is lost with them. */
export const workerRecycling: RuleDefinition = {
  name: 'worker-recycling',
  title: 'Workers may be recycled at any time',
  paragraph: OURS.paragraph,
  check,
};
