import { catchesMail, hostOf } from '../policy/staging/mail-catchers.ts';
import { count } from '../text.ts';
import type { Expectations, NeutralisationCheck, Offence } from './check.ts';

const NAMED = 3;
const always = (): unknown[] => [];
const whenFresh = ({ is_fresh }: Expectations): unknown[] | null => (is_fresh ? [] : null);

/** `A, B, C and 4 more` */
function list(offences: readonly Offence[]): string {
  const shown = offences.slice(0, NAMED).map(({ label, detail }) => (detail === null ? label : `${label} (${detail})`));
  return shown.join(', ') + (offences.length > NAMED ? ` and ${offences.length - NAMED} more` : '');
}
const are = (offences: readonly Offence[], noun: string, one: string, many: string): string =>
  `${count(offences.length, noun)} ${offences.length === 1 ? one : many}: ${list(offences)}.`;

/** `2 mails of production wait` */
function waiting(offence: Offence | undefined, noun: string): string {
  const number = Number(offence?.detail ?? 0);
  return number === 1 ? `1 ${noun} of production waits` : `${number} ${noun}s of production wait`;
}

/** A pattern with `*` and `**` as a regular expression of PostgreSQL: values are compared there and never leave it. */
export const sqlPattern = (pattern: string): string =>
  `^${pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[^A-Za-z0-9_]/g, '\\$&')))
    .join('')}$`;

const NEUTRALIZE = 'Run `odoo-bin neutralize` after the last update of modules, and look again.';

/** Everything that a copy must not do or know. Each is asked for only where its table exists. */
export const NEUTRALISATION_CHECKS: readonly NeutralisationCheck[] = [
  {
    name: 'crons',
    needs: { ir_cron: ['id', 'active', 'cron_name'], ir_model_data: ['model', 'module', 'name', 'res_id'] },
    sql: `select coalesce(cron.cron_name, 'number ' || cron.id) as label, null as detail from public.ir_cron as cron
          where cron.active and not exists (select from public.ir_model_data as data where data.model = 'ir.cron' and data.module = 'base'
            and data.name = 'autovacuum_job' and data.res_id = cron.id)
          order by cron.id`,
    values: always,
    message: (offences) => are(offences, 'scheduled action', 'is active', 'are active'),
    fix: NEUTRALIZE,
  },
  {
    name: 'mail-servers',
    needs: { ir_mail_server: ['id', 'name', 'active', 'smtp_host', 'smtp_authentication'] },
    // One of `cli` takes the server of the configuration, which is looked at there.
    sql: `select name as label, smtp_host as detail from public.ir_mail_server
          where active and smtp_authentication is distinct from 'cli' order by id`,
    values: always,
    isWrong: ({ detail }, { mail_catchers }) => detail !== null && !catchesMail(detail, mail_catchers),
    message: (offences) =>
      are(
        offences.map(({ label, detail }) => ({ label, detail: hostOf(detail ?? '') })),
        'outgoing mail server',
        'is active and no catcher',
        'are active and no catchers',
      ),
    fix: NEUTRALIZE,
  },
  {
    name: 'incoming-mail',
    needs: { fetchmail_server: ['id', 'name', 'active'] },
    sql: 'select name as label, null as detail from public.fetchmail_server where active order by id',
    values: always,
    message: (offences) => are(offences, 'incoming mail server', 'is active', 'are active'),
    fix: NEUTRALIZE,
  },
  {
    name: 'payment-providers',
    needs: { payment_provider: ['id', 'code', 'state'] },
    sql: `select code as label, null as detail from public.payment_provider where state = 'enabled' order by id`,
    values: always,
    message: (offences) => are(offences, 'payment provider', 'takes real money', 'take real money'),
    fix: NEUTRALIZE,
  },
  {
    name: 'webhooks',
    needs: { ir_act_server: ['id', 'state', 'webhook_url'] },
    // The path of a webhook is often its secret.
    sql: `select 'server action ' || id as label, substring(webhook_url from '^\\s*[Hh][Tt][Tt][Pp][Ss]?://(?:[^/@]*@)?([^/:?#]*)') as detail
          from public.ir_act_server where state = 'webhook' and webhook_url ~* '^\\s*https?://' order by id`,
    values: always,
    message: (offences) => are(offences, 'webhook', 'calls out', 'call out'),
    fix: NEUTRALIZE,
  },
  {
    name: 'queued-jobs',
    needs: { queue_job: ['state'] },
    sql: `select state as label, count(*)::text as detail from public.queue_job
          where state in ('wait_dependencies', 'pending', 'enqueued', 'started') group by state order by state`,
    values: always,
    message: (offences) => `Jobs of queue_job wait to be done: ${list(offences)}.`,
    fix: `Cancel them: update queue_job set state = 'cancelled' where state not in ('done', 'failed', 'cancelled').`,
  },
  {
    name: 'base-url',
    needs: { ir_config_parameter: ['key', 'value'] },
    sql: `select key as label, regexp_replace(value, '://[^/@]*@', '://') as detail
          from public.ir_config_parameter where key = 'web.base.url' and rtrim(value, '/') <> rtrim($1, '/')`,
    values: ({ base_url }) => (base_url === null ? null : [base_url]),
    message: ([offence]) => `web.base.url is ${offence?.detail ?? ''}, which is not this environment: links lead away from it.`,
    fix: 'Set web.base.url to the URL of this environment, and web.base.url.freeze to True.',
  },
  {
    name: 'database-uuid',
    needs: { ir_config_parameter: ['key', 'value'] },
    sql: `select key as label, null as detail from public.ir_config_parameter where key = 'database.uuid' and value = $1`,
    values: ({ production_uuid }) => (production_uuid === null ? null : [production_uuid]),
    message: () => 'database.uuid is that of production: services of Odoo take this copy for it.',
    fix: 'Give it a database.uuid and a database.secret of its own.',
  },
  {
    name: 'modules',
    needs: { ir_module_module: ['name', 'state'] },
    sql: `select name as label, null as detail from public.ir_module_module
          where state in ('installed', 'to upgrade', 'to remove') and not (name = any ($1::text[])) order by name`,
    values: ({ modules }) => (modules === null ? null : [modules]),
    message: (offences) =>
      `${are(offences, 'module', 'is installed and not on the addons path', 'are installed and not on the addons path')} Nothing neutralises them.`,
    fix: 'Put them on the addons path and neutralise again: what is missing is skipped without a word.',
  },
  {
    name: 'integration-parameters',
    needs: { ir_config_parameter: ['key', 'value'] },
    sql: `select parameter.key as label, wanted.integration as detail from public.ir_config_parameter as parameter
          join jsonb_to_recordset($1::jsonb) as wanted (key text, integration text, patterns text[]) on wanted.key = parameter.key
          where btrim(parameter.value) <> '' and not (parameter.value ~ any (wanted.patterns)) order by parameter.key`,
    values: ({ parameters }) =>
      parameters.length === 0
        ? null
        : [
            JSON.stringify(
              parameters.map(({ key, integration, test_values }) => ({ key, integration, patterns: test_values.map(sqlPattern) })),
            ),
          ],
    message: (offences) => are(offences, 'parameter', 'has none of its test values', 'have none of their test values'),
    fix: 'Empty them, or write one of the test_values of policy.integrations in odoo-ops.yml.',
  },
  {
    name: 'api-keys',
    needs: { res_users_apikeys: ['id', 'user_id'] },
    sql: `select 'of user ' || user_id as label, count(*)::text as detail from public.res_users_apikeys group by user_id order by user_id`,
    values: whenFresh,
    message: (offences) => `API keys of production open this copy: ${list(offences)}.`,
    fix: 'Delete them: delete from res_users_apikeys.',
  },
  {
    name: 'queued-mail',
    needs: { mail_mail: ['state'] },
    sql: `select 'outgoing' as label, count(*)::text as detail from public.mail_mail where state = 'outgoing' having count(*) > 0`,
    values: whenFresh,
    message: ([offence]) => `${waiting(offence, 'mail')} to be sent.`,
    fix: `Cancel them: update mail_mail set state = 'cancel' where state = 'outgoing'.`,
  },
  {
    name: 'queued-sms',
    needs: { sms_sms: ['state'] },
    sql: `select 'outgoing' as label, count(*)::text as detail from public.sms_sms where state = 'outgoing' having count(*) > 0`,
    values: whenFresh,
    message: ([offence]) => `${waiting(offence, 'text message')} to be sent.`,
    fix: `Cancel them: update sms_sms set state = 'canceled' where state = 'outgoing'.`,
  },
];
