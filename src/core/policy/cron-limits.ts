import type { Stage } from '../config/schema.ts';
import { count } from '../text.ts';
import { addonsOf } from './addons/addon-files.ts';
import { slowMethods, type SlowMethod } from './addons/cron-code.ts';
import { recordFindings, type CronWithAddon } from './addons/cron-records.ts';
import type { Finding, Range } from './finding.ts';
import { limitFindings, limitOf, servingInstances, unsetFinding, withoutRepeats, type Limit } from './odoo/limits.ts';
import { odooInstances, type OdooInstance } from './odoo/instances.ts';
import { factsOf, type Answer, type RepositoryFacts, type RuleDefinition } from './rule.ts';
import { STAGES } from './odoo/stage.ts';

const OURS = { rule: 'cron-limits', paragraph: '§8.2' } as const;
const OPTION = 'limit_time_real_cron';
/** Seconds that a cron may take; 0: no limit. */
const SECONDS: Readonly<Record<Stage, number>> = { development: 0, staging: 600, production: 300 };
/** Of limit_time_real, where nobody says anything; a cron has the same (`odoo/tools/config.py`). */
const DEFAULT_SECONDS = 120;

function settingFindings(instance: OdooInstance & { stage: Stage }): Finding[] {
  const most = SECONDS[instance.stage];
  const isDevelopment = instance.stage === 'development';
  const asRequests = limitOf(instance, 'limit_time_real');
  const limit: Limit = {
    ...OURS,
    option: OPTION,
    value: most,
    // Nothing but the patience of a developer hangs on it.
    severity: isDevelopment ? 'warning' : 'error',
    isAllowed: (value) => (isDevelopment ? value === 0 || (value < 0 && asRequests === 0) : value > 0 && value <= most),
    means: (value) => {
      if (value < 0)
        return `crons then have as long as requests, ${asRequests ?? DEFAULT_SECONDS} s, and §8.2 has ${isDevelopment ? 'no limit' : `${most} s`}`;
      if (isDevelopment) return 'a cron is ended while somebody debugs it';
      return value === 0 ? `crons may run for ever, and §8.2 has ${most} s` : `§8.2 has ${most} s`;
    },
  };
  if (limitOf(instance, OPTION) !== undefined) return limitFindings(instance, limit);
  // Without threads for them there are none to limit.
  if (limitOf(instance, 'max_cron_threads') === 0 || asRequests === null) return [];
  const seconds = asRequests ?? DEFAULT_SECONDS;
  // Stricter than it has to be, by chance: whoever gives requests more time gives it to crons too.
  const isKept = !isDevelopment && seconds > 0 && seconds <= most;
  const means = isDevelopment
    ? `a cron is ended after ${seconds} s, while somebody debugs it`
    : `crons have as long as requests, ${seconds === 0 ? 'for ever' : `${seconds} s`}`;
  if (isDevelopment && seconds === 0) return [];
  return [unsetFinding(instance, { ...limit, severity: isKept || isDevelopment ? 'warning' : 'error' }, means)];
}

const slowFinding = (file: string, range: Range, what: string, does: 'sleeps' | 'loops'): Finding => ({
  ...OURS,
  severity: does === 'loops' ? 'error' : 'warning',
  file,
  range,
  message: `${what} ${does === 'loops' ? 'loops without a way out' : 'sleeps, and keeps a cron thread from all others'}.`,
  fix: 'Do a part in each run, commit with _commit_progress, and let Odoo call it again.',
});

function codeFindings(crons: readonly CronWithAddon[], slow: readonly SlowMethod[]): Finding[] {
  const own = crons.flatMap((cron) =>
    (['sleeps', 'loops'] as const)
      .filter((does) => cron[does])
      .map((does) => slowFinding(cron.file, cron.places['code'] ?? cron.range, `Scheduled action ${cron.id}`, does)),
  );
  const called = slow.flatMap(({ cron, method, chain }) => {
    const by = chain.length > 1 ? ` by ${chain[0] ?? ''}` : '';
    const what = `${method.models[0] ?? ''}.${method.name}, which scheduled action ${cron.id} runs${by},`;
    return (['sleeps', 'loops'] as const).flatMap((does) => method[does].map((range) => slowFinding(method.file, range, what, does)));
  });
  return [...own, ...called];
}

/** Of several crons that come to one place, the first one tells. */
function onePerPlace(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ file, range, severity }) => {
    const key = JSON.stringify([file, range, severity]);
    return !seen.has(key) && seen.add(key);
  });
}

function check(facts: RepositoryFacts): Answer {
  const instances = servingInstances(odooInstances(facts), STAGES);
  const addonOf = addonsOf(facts);
  const crons = factsOf(facts, 'crons').flatMap((cron): CronWithAddon[] => {
    const folder = addonOf(cron.file);
    return folder === null ? [] : [{ ...cron, addon: folder.slice(folder.lastIndexOf('/') + 1) }];
  });
  if (instances.length === 0 && crons.length === 0) {
    return {
      not_applicable:
        'No addon has a scheduled action, and no file is the configuration of a stage. Set ODOO_STAGE, name a file or folder after its stage, or say it in policy.stages of odoo-ops.yml.',
    };
  }
  const methods = factsOf(facts, 'model_methods').filter(({ file }) => addonOf(file) !== null);
  return {
    looked_at: `${count(instances.length, 'Odoo')} and ${count(crons.length, 'scheduled action')}`,
    findings: [
      ...withoutRepeats(instances.flatMap(settingFindings)),
      ...recordFindings(crons),
      ...onePerPlace(codeFindings(crons, slowMethods(crons, methods))),
    ],
  };
}

/** §8.2: scheduled actions end in time, and say how often they run. */
export const cronLimits: RuleDefinition = {
  name: 'cron-limits',
  title: 'Scheduled actions end in time',
  paragraph: OURS.paragraph,
  check,
};
