import { count } from '../text.ts';
import type { Finding } from './finding.ts';
import { servingInstances } from './odoo/limits.ts';
import { odooInstances, type OdooInstance } from './odoo/instances.ts';
import type { Answer, RepositoryFacts, RuleDefinition } from './rule.ts';
import { cronFindings } from './staging/crons.ts';
import { stagingFinding } from './staging/finding.ts';
import { integrationFindings } from './staging/integrations.ts';
import { mailFindings } from './staging/mail.ts';
import { separationFindings } from './staging/network.ts';
import { secretFindings } from './staging/secrets.ts';

function databaseFindings({ neutralisation }: RepositoryFacts): Finding[] {
  const nowhere = { file: null, range: null };
  if (!neutralisation) return [];
  if ('unknown' in neutralisation) {
    const message = `The database of staging was not looked at: ${neutralisation.unknown}`;
    return [
      stagingFinding(nowhere, {
        severity: 'warning',
        message,
        fix: 'Ask again where it can be reached: until then nobody knows that it is harmless.',
      }),
    ];
  }
  const { database, problems } = neutralisation;
  return problems.map(({ message, fix }) => stagingFinding(nowhere, { message: `Database ${database}: ${message}`, fix }));
}

function check(facts: RepositoryFacts): Answer {
  const instances = odooInstances(facts);
  const stagings = instances.filter(({ stage }) => stage === 'staging');
  const productions = instances.filter(({ stage }) => stage === 'production');
  const isAsked = facts.neutralisation != null;
  if (stagings.length === 0 && !isAsked) {
    return {
      not_applicable:
        'No file is the configuration of staging. Set ODOO_STAGE to staging, name a file or folder so, or say it in policy.stages of odoo-ops.yml.',
    };
  }
  const serving = new Set<OdooInstance>(servingInstances(stagings, ['staging']));
  const findings = stagings.flatMap((staging) => [
    ...mailFindings(staging, facts.config),
    ...(serving.has(staging) ? cronFindings(staging) : []),
    ...integrationFindings(staging, facts.config),
    ...secretFindings(staging, productions),
    ...separationFindings(staging, productions),
  ]);
  return {
    looked_at: `${count(stagings.length, 'Odoo')} of staging${isAsked ? ' and its database' : ''}`,
    findings: [...findings, ...databaseFindings(facts)],
  };
}

/** §3.3: staging sends no mail, runs no scheduled actions, reaches no integration, and holds no secret of production. */
export const stagingNeutralised: RuleDefinition = {
  name: 'staging-neutralised',
  title: 'Staging is harmless: no mail, no crons, no integrations, no secrets of production',
  paragraph: '§3.3',
  check,
};
