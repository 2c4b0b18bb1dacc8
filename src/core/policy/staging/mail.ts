import type { Config } from '../../config/schema.ts';
import type { Finding } from '../finding.ts';
import { settingOf, type OdooInstance } from '../odoo/instances.ts';
import { catchesMail, hostOf } from './mail-catchers.ts';
import { stagingFinding } from './finding.ts';

const VARIABLE = /^(?:[A-Z0-9]+_)*(?:SMTP|MAIL|EMAIL|MAILER)(?:_SMTP)?(?:_RELAY)?_(?:HOST|HOSTNAME|SERVER|ADDRESS|RELAY|URL)$/;

/** Mail of staging reaches a catcher, or nobody. Unset, Odoo asks this host, where nobody listens. */
export function mailFindings(instance: OdooInstance, { policy }: Config): Finding[] {
  const server = settingOf(instance, 'smtp_server');
  const said = [
    ...(server ? [server] : []),
    // `ODOO_SMTP_SERVER` is a setting already; an address of `MAIL_URL` may as well be a page.
    ...instance.environment.filter(
      ({ name, value }) => VARIABLE.test(name) && !name.startsWith('ODOO_') && !(name.endsWith('_URL') && /^https?:/.test(value ?? '')),
    ),
  ];
  return said
    .filter(({ value }) => value !== null && !catchesMail(value, policy.mail_catchers))
    .map(({ name, value, file, range }) =>
      stagingFinding(
        { file, range },
        {
          message: `${instance.name} is staging and sends mail through ${hostOf(value ?? '')} (${name}).`,
          fix: 'Point it at a mail catcher, as mailpit, or leave it out. One of your own goes into policy.mail_catchers of odoo-ops.yml.',
        },
      ),
    );
}
