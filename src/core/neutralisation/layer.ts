import { credentialsSql } from './credentials.ts';
import { parameterStatements, type Integration } from './parameters.ts';
import { guarded, type Step } from './statement.ts';

/** What Odoo's own neutralisation leaves, or module work after it brings back. Each may run again and again. */
const STEPS: readonly Step[] = [
  {
    why: 'Scheduled actions: an update of modules switches them on again. The vacuum only tidies up.',
    needs: { ir_cron: ['id', 'active'], ir_model_data: ['model', 'module', 'name', 'res_id'] },
    sql: `update public.ir_cron set active = false where active and id not in (select res_id from public.ir_model_data
      where model = 'ir.cron' and module = 'base' and name = 'autovacuum_job' and res_id is not null)`,
  },
  { why: 'Runs of scheduled actions that were asked for.', needs: { ir_cron_trigger: ['id'] }, sql: 'delete from public.ir_cron_trigger' },
  {
    why: 'Outgoing mail: also servers that are switched off, which somebody switches on, and those that take the host of a command line.',
    needs: { ir_mail_server: ['smtp_host', 'smtp_port', 'smtp_encryption', 'smtp_authentication'] },
    sql: `update public.ir_mail_server set smtp_host = 'invalid', smtp_port = 1025, smtp_encryption = 'none', smtp_authentication = 'login'
      where smtp_host is distinct from 'invalid' or smtp_authentication <> 'login'`,
  },
  {
    why: 'Templates that ask for one mail server fail where it is switched off: they take the catcher too.',
    needs: { mail_template: ['mail_server_id'] },
    sql: 'update public.mail_template set mail_server_id = null where mail_server_id is not null',
  },
  {
    why: 'Incoming mail would be taken away from production.',
    needs: { fetchmail_server: ['active', 'server', 'state'] },
    sql: `update public.fetchmail_server set active = false, server = 'invalid', state = 'draft'`,
  },
  {
    why: 'Mail that production wanted to send.',
    needs: { mail_mail: ['state'] },
    sql: `update public.mail_mail set state = 'cancel' where state = 'outgoing'`,
  },
  {
    why: 'Notifications that were to go out later.',
    needs: { mail_message_schedule: ['id'] },
    sql: 'delete from public.mail_message_schedule',
  },
  {
    why: 'Text messages that production wanted to send.',
    needs: { sms_sms: ['state'] },
    sql: `update public.sms_sms set state = 'canceled' where state in ('outgoing', 'process')`,
  },
  {
    why: 'Letters that would be printed and posted.',
    needs: { snailmail_letter: ['state'] },
    sql: `update public.snailmail_letter set state = 'canceled' where state = 'pending'`,
  },
  {
    why: 'Mailings that wait for their turn.',
    needs: { mailing_mailing: ['state'] },
    sql: `update public.mailing_mailing set state = 'draft' where state in ('in_queue', 'sending')`,
  },
  { why: "Notifications to people's browsers and telephones.", needs: { mail_push: ['id'] }, sql: 'delete from public.mail_push' },
  { why: 'Their addresses.', needs: { mail_push_device: ['id'] }, sql: 'delete from public.mail_push_device' },
  { why: 'Messages to those who were logged in.', needs: { bus_bus: ['id'] }, sql: 'delete from public.bus_bus' },
  {
    why: 'Jobs of queue_job that wait; what it has done stays to be looked at.',
    needs: { queue_job: ['state'] },
    sql: `update public.queue_job set state = 'cancelled' where state in ('wait_dependencies', 'pending', 'enqueued', 'started')`,
  },
  {
    why: 'Webhooks that call out.',
    needs: { ir_act_server: ['state', 'webhook_url'] },
    sql: `update public.ir_act_server set webhook_url = 'neutralised' where webhook_url is not null and webhook_url <> 'neutralised'`,
  },
  {
    why: 'Webhooks by which others call in: their address is their secret, and is that of production.',
    needs: { base_automation: ['webhook_uuid'] },
    sql: 'update public.base_automation set webhook_uuid = pg_catalog.gen_random_uuid()::text where webhook_uuid is not null',
  },
  { why: 'API keys of production open this copy.', needs: { res_users_apikeys: ['id'] }, sql: 'delete from public.res_users_apikeys' },
  { why: 'Browsers that need no second factor.', needs: { auth_totp_device: ['id'] }, sql: 'delete from public.auth_totp_device' },
  {
    why: 'Payments with real money.',
    needs: { payment_provider: ['state'] },
    sql: `update public.payment_provider set state = 'disabled' where state not in ('disabled', 'test')`,
  },
  {
    why: 'Cards that customers let production keep.',
    needs: { payment_token: ['active'] },
    sql: 'update public.payment_token set active = false where active',
  },
  {
    why: 'Logins by others lead to production, and come back there.',
    needs: { auth_oauth_provider: ['enabled'] },
    sql: 'update public.auth_oauth_provider set enabled = false where enabled',
  },
  {
    why: 'A login here would send a password to the directory of production.',
    needs: { res_company_ldap: ['ldap_server'] },
    sql: `update public.res_company_ldap set ldap_server = 'invalid' where ldap_server <> 'invalid'`,
  },
  {
    why: 'Keys and certificates that are kept as files.',
    needs: { ir_attachment: ['res_model', 'res_field'] },
    sql: `delete from public.ir_attachment where res_field is not null
      and (res_model in ('certificate.certificate', 'certificate.key') or res_field ~ 'private_key|pem_key|pkcs12|ssl_certificate')`,
  },
];

/**
 * SQL of our own layer, which runs after Odoo's neutralisation of the same modules and before anything starts. One text for all databases
 * of a configuration: each statement asks whether its table is there.
 * @param options.integrations `policy.integrations` of odoo-ops.yml
 */
export function ownLayerSql({ integrations }: { integrations: readonly Integration[] }): string {
  const needs = { ir_config_parameter: ['key', 'value'] };
  const parameters = parameterStatements(integrations).map((statement) => guarded({ ...statement, needs }));
  return `${[...STEPS.map(guarded), credentialsSql(), ...parameters].join('\n\n')}\n`;
}
