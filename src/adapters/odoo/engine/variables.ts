import { isSecret } from '../../../core/evidence/redact.ts';

/**
 * What Odoo needs of our environment, and nothing else: code of a branch must not see our tokens, and Odoo 19 takes PG* and ODOO_*
 * over what its configuration file says, so that it would work in another database.
 */
const NEEDED = /^(?:PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ|LD_LIBRARY_PATH|VIRTUAL_ENV|PYTHONPATH|SSL_CERT_FILE|SSL_CERT_DIR)$/;

/** By which all processes of an environment are found again, whatever they start and however it is called. */
export const STAMP_VARIABLE = 'ODOO_OPS_ENVIRONMENT';

/** @param folder of the environment; Odoo's home is in it, so that caches and the like go when it does */
export function odooVariables(
  environment: Readonly<Record<string, string | undefined>>,
  { folder, data }: { folder: string; data: string },
): Record<string, string> {
  const needed = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && NEEDED.test(entry[0]) && !isSecret(entry[0], entry[1]),
  );
  return { ...Object.fromEntries(needed), HOME: data, ODOO_STAGE: 'staging', PYTHONUNBUFFERED: '1', [STAMP_VARIABLE]: folder };
}
