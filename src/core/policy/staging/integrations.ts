import { matchesAny } from '../../config/patterns.ts';
import type { Config } from '../../config/schema.ts';
import type { Finding, Range } from '../finding.ts';
import type { OdooInstance } from '../odoo/instances.ts';
import { stagingFinding } from './finding.ts';

/** Values that only a live account has, by their shape. */
const LIVE: readonly (readonly [shape: RegExp, what: string])[] = [
  [/\b[spr]k_live_/, 'a live key of Stripe or PayMongo'],
  [/\brzp_live_/, 'a live key of Razorpay'],
  [/\bxnd_production_/, 'a production key of Xendit'],
  [/^live_[A-Za-z0-9]{20,}$/, 'a live key of Mollie'],
  [/^APP_USR-\d/, 'a live token of Mercado Pago'],
  [/-live\.adyenpayments\.com|live\.adyen\.com/, 'the live address of Adyen'],
  [/\bapi-m\.paypal\.com/, 'the live address of PayPal'],
  [/hooks\.slack\.com\/(?:services|workflows|triggers)\//, 'a webhook of Slack'],
  [/discord(?:app)?\.com\/api\/webhooks\//, 'a webhook of Discord'],
  [/\.webhook\.office\.com\//, 'a webhook of Teams'],
];

interface Said {
  name: string;
  value: string | null;
  file: string;
  range: Range;
}

/** Variables and options of an Odoo, each once. */
export const saidBy = ({ environment, settings }: OdooInstance): Said[] => [
  ...environment,
  ...settings.filter(({ via }) => via !== 'environment'),
];

function declaredFindings(instance: OdooInstance, { policy }: Config): Finding[] {
  return policy.integrations.flatMap(({ name: integration, variables, test_values }) =>
    instance.environment
      .filter(({ name, value }) => variables.includes(name) && value?.trim() !== '' && !(value !== null && matchesAny(value, test_values)))
      .map(({ name, value, file, range }) =>
        stagingFinding(
          { file, range },
          value === null
            ? {
                severity: 'warning' as const,
                message: `Only the machine knows ${name} of ${instance.name}: it may reach ${integration}.`,
                fix: `Leave ${name} out of staging, or write a value that policy.integrations of odoo-ops.yml calls harmless.`,
              }
            : {
                message: `${instance.name} is staging and ${name} reaches ${integration}: its value is none of the test values.`,
                fix: `Leave ${name} out, or write one of the test_values of ${integration} in policy.integrations of odoo-ops.yml.`,
              },
        ),
      ),
  );
}

const liveFindings = (instance: OdooInstance, { policy }: Config): Finding[] =>
  saidBy(instance).flatMap(({ name, value, file, range }) => {
    const live = LIVE.find(([shape]) => shape.test(value ?? ''));
    const isHarmless = policy.integrations.some(({ test_values }) => value !== null && matchesAny(value, test_values));
    if (!live || isHarmless) return [];
    return [
      stagingFinding(
        { file, range },
        { message: `${instance.name} is staging and ${name} holds ${live[1]}.`, fix: `Leave ${name} out, or use a test account.` },
      ),
    ];
  });

/** Integrations that the configuration declares are off or on test values; those that are known by their shape too. */
export const integrationFindings = (instance: OdooInstance, config: Config): Finding[] => [
  ...declaredFindings(instance, config),
  ...liveFindings(instance, config),
];
