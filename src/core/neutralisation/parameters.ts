import { sqlPattern } from './checks.ts';
import { literal } from './statement.ts';

/** Parameters of Odoo's own modules that hold a credential, or lead to a service that is paid for. */
export const SECRET_PARAMETERS: readonly string[] = [
  'base_geolocalize.google_map_api_key',
  'cf.turnstile_secret_key',
  'cf.turnstile_site_key',
  'cloud_storage_azure_account_name',
  'cloud_storage_azure_client_id',
  'cloud_storage_azure_client_secret',
  'cloud_storage_azure_container_name',
  'cloud_storage_azure_tenant_id',
  'cloud_storage_google_account_info',
  'cloud_storage_google_bucket_name',
  'cloud_storage_provider',
  'discuss.tenor_api_key',
  'google_address_autocomplete.google_places_api_key',
  'google_calendar_client_secret',
  'google_gmail_client_secret',
  'google_maps.signed_static_api_key',
  'google_maps.signed_static_api_secret',
  'mail.google_translate_api_key',
  'mail.sfu_local_key',
  'mail.sfu_server_key',
  'mail.sfu_server_url',
  'mail.twilio_account_sid',
  'mail.twilio_account_token',
  'mail.web_push_vapid_private_key',
  'mail.web_push_vapid_public_key',
  'microsoft_calendar_client_secret',
  'microsoft_outlook_client_secret',
  'recaptcha_private_key',
  'recaptcha_public_key',
  'unsplash.access_key',
];

/** Something outside that the team declared: as much of it as is needed here. */
export interface Integration {
  name: string;
  parameters: readonly string[];
  test_values: readonly string[];
}

/** A value that leads to a sandbox, where one is declared without wildcards; else nothing. */
const harmless = ({ test_values }: Integration): string => test_values.find((value) => !value.includes('*')) ?? '';

/**
 * Statements that take a parameter's value, or give it its first test value; one that has a test value keeps it. The row stays: a module's
 * update would bring a missing one again, with the value of production.
 */
export function parameterStatements(integrations: readonly Integration[]): { why: string; sql: string }[] {
  const declared = integrations
    .filter(({ parameters }) => parameters.length > 0)
    .map((integration) => {
      const keys = integration.parameters.map(literal).join(', ');
      const patterns = integration.test_values.map((value) => literal(sqlPattern(value))).join(', ');
      const unless = patterns === '' ? '' : ` and not (value ~ any (array[${patterns}]))`;
      return {
        why: `Declared in policy.integrations: ${JSON.stringify(integration.name).replace(/[\r\n\u2028\u2029]/g, ' ')}.`,
        sql: `update public.ir_config_parameter set value = ${literal(harmless(integration))} where key in (${keys}) and btrim(value) <> ''${unless}`,
      };
    });
  const known = SECRET_PARAMETERS.map(literal).join(', ');
  return [
    ...declared,
    {
      why: "Credentials that Odoo's own modules keep as parameters.",
      sql: `update public.ir_config_parameter set value = '' where key in (${known}) and value <> ''`,
    },
  ];
}
