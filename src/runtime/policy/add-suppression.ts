import { configFrom } from '../../adapters/files/config-file.ts';
import { withSuppression } from '../../adapters/files/suppression-text.ts';
import type { Suppression } from '../../core/config/policy.ts';
import { CONFIG_FILE } from '../../core/config/schema.ts';
import { OpsError } from '../../core/errors.ts';

/**
 * The text of odoo-ops.yml with one more entry in policy.suppressions.
 * @param text '' where there is no such file
 * @throws OpsError `config` where the text is not valid, or would not be with the entry
 */
export function addSuppression(text: string, entry: Suppression): string {
  configFrom(text);
  const written = withSuppression(text, entry);
  if (written === undefined) throw new OpsError('config', `${CONFIG_FILE} cannot be read.`, { hint: 'Mend it first.' });
  configFrom(written);
  return written;
}
