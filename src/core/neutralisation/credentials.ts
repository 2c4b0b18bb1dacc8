import { block, literal } from './statement.ts';

/** What columns with a credential are called. */
const SECRET = 'passw|secret|token|api_?key|private_key|credential|hmac|bearer|webhook';
/** Where whatever is called a key is one that opens something outside. */
const KEYS = `${SECRET}|_key(_id)?$|_sha_(request|response)$|access_code|merchant|_pspid$|email_account$`;

/** Tables that hold credentials for something outside, and which of their columns do: expressions on the name. */
export const CREDENTIALS: readonly { table: string; columns: string; why: string }[] = [
  { table: 'payment_provider', columns: KEYS, why: 'keys of providers of payments' },
  { table: 'pos_payment_method', columns: KEYS, why: 'keys of payment terminals' },
  { table: 'delivery_carrier', columns: KEYS, why: 'keys of carriers' },
  { table: 'website', columns: KEYS, why: 'keys of maps, and of statistics that would count visits of this copy' },
  { table: 'res_company', columns: SECRET, why: 'keys that are kept with the company: SMS, print services, authorities' },
  { table: 'ir_mail_server', columns: `${SECRET}|smtp_user|smtp_pass|certificate`, why: 'access to outgoing mail' },
  { table: 'fetchmail_server', columns: `${SECRET}|^user$`, why: 'access to incoming mail' },
  { table: 'iap_account', columns: SECRET, why: 'accounts that pay for services of Odoo' },
  { table: 'auth_oauth_provider', columns: SECRET, why: 'secrets of logins by others' },
  { table: 'res_company_ldap', columns: `${SECRET}|ldap_binddn`, why: 'access to the directory' },
  { table: 'account_edi_proxy_client_user', columns: SECRET, why: 'access to the exchange of invoices' },
  { table: 'certificate_certificate', columns: `${SECRET}|^content$`, why: 'certificates that sign for the company' },
  { table: 'certificate_key', columns: `${SECRET}|pem_key|^content$`, why: 'keys that sign for the company' },
  // Not the password: people log in here with the one that they know. Their second factor is a secret in plain text.
  {
    table: 'res_users',
    columns: 'oauth_access_token|totp_secret|_rtoken$|calendar_token|_sync_token',
    why: 'tokens of people, and the seeds of their second factor',
  },
  { table: 'res_users_settings', columns: '_rtoken$|calendar_token|_sync_token', why: 'tokens of calendars' },
  { table: 'res_partner', columns: '^signup_token$', why: 'links by which somebody becomes a user (before Odoo 17)' },
];

/**
 * SQL that empties those columns, whichever of them there are: text and bytes only, so that switches and links to other tables stay. A
 * column that must not be empty gets a word that opens nothing.
 */
export function credentialsSql(): string {
  const wanted = CREDENTIALS.map(({ table, columns, why }) => `    (${literal(table)}, ${literal(columns)}) -- ${why}`);
  // A comma before the comment, but after the last one.
  const rows = wanted.map((row, at) => (at === wanted.length - 1 ? row : row.replace(') --', '), --'))).join('\n');
  const body = `declare found record;
begin
  for found in
    select class.relname, attribute.attname, attribute.attnotnull, attribute.atttypid = 'pg_catalog.bytea'::pg_catalog.regtype as bytes
    from (values
${rows}
    ) as wanted (relation, columns)
    join pg_catalog.pg_class as class on class.oid = pg_catalog.to_regclass('public.' || wanted.relation) and class.relkind in ('r', 'p')
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
      and attribute.attgenerated = '' and attribute.attname ~ wanted.columns
    where attribute.atttypid in ('pg_catalog.text'::pg_catalog.regtype, 'pg_catalog.varchar'::pg_catalog.regtype, 'pg_catalog.bytea'::pg_catalog.regtype)
  loop
    execute pg_catalog.format('update public.%I set %I = %s where %2$I is not null', found.relname, found.attname,
      case when not found.attnotnull then 'null' when found.bytes then $e$''$e$ else $e$'none-' || id$e$ end);
  end loop;
end`;
  return `-- What opens something outside: ${CREDENTIALS.length} tables, each column by its name.\n${block(body)}`;
}
