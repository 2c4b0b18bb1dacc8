import { guarded, literal } from './statement.ts';

export interface IdentityOptions {
  /** Where people open this copy. */
  baseUrl: string;
  /** Where Odoo's own reports find it, as seen from Odoo: a host that is locked in does not reach itself from outside. Left as it is unless told. */
  reportUrl?: string;
}

const NEEDS = { ir_config_parameter: ['key', 'value'] };

/** @param value an expression of SQL */
const parameter = (key: string, value: string): string =>
  `insert into public.ir_config_parameter (key, value) values (${literal(key)}, ${value}) on conflict (key) do update set value = excluded.value`;

// Random values are made by the database: they stand in no record.
const RANDOM = 'pg_catalog.gen_random_uuid()::text';

/** SQL that makes a copy somebody of its own: to Odoo's services, to its sessions, and in its links. Each run gives it a new identity. */
export function identitySql({ baseUrl, reportUrl }: IdentityOptions): string {
  const steps = [
    {
      why: "Odoo's services know a database by its uuid: they would take this copy for what it was copied from.",
      sql: parameter('database.uuid', RANDOM),
    },
    {
      why: 'Sessions, links to reset a password and portal links are signed with the secret: those of production open nothing here.',
      sql: parameter('database.secret', `${RANDOM} || ${RANDOM}`),
    },
    { why: 'Links lead to this copy.', sql: parameter('web.base.url', literal(baseUrl)) },
    {
      why: 'An administrator who logs in by another address does not change that.',
      sql: parameter('web.base.url.freeze', literal('True')),
    },
    ...(reportUrl === undefined
      ? []
      : [{ why: 'Reports load their styles from Odoo itself.', sql: parameter('report.url', literal(reportUrl)) }]),
  ];
  return `${steps.map((step) => guarded({ ...step, needs: NEEDS })).join('\n\n')}\n`;
}
