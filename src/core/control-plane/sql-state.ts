import { OpsError } from '../errors.ts';

const MIGRATE = 'Run `odoo-ops control-plane migrate`.';
const WAITS = 'Records wait on disk; `odoo-ops evidence sync` delivers them later.';

/** True for a code of PostgreSQL; PostgREST has its own (`PGRST301`). */
export const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code);

/** What may be otherwise in a while: the connection, a read-only replica, conflicts, resources, locks, operators, the system. */
const PASSING = /^(?:08|25|3D|40|53|55P03|57|58|F0|XX)/;

/**
 * What an error code of PostgreSQL means for us, whoever passes it on: a connection, or PostgREST.
 * @param message of the server; it may hold values of the row, and never a password
 * @returns `rejected` for what is the fault of what was sent, `timeout` for what took too long, `unreachable` for all that is not
 */
export function sqlStateError(code: string, message: string, cause: unknown): OpsError {
  const details = { sqlstate: code };
  const unreachable = (text: string, hint: string) => new OpsError('unreachable', text, { hint, cause, details });
  if (code === '3F000' || code === '42P01' || code === '42883')
    return unreachable('The control plane has no schema "ops", or an older one.', MIGRATE);
  if (message.includes('role "authenticated" does not exist')) return unreachable('The control plane has no schema "ops" yet.', MIGRATE);
  if (/^role ".*" does not exist$/.test(message))
    return unreachable(`The token names a role that the control plane does not have: ${message}.`, 'A token needs role "authenticated".');
  if (message.includes('permission denied to set role'))
    return unreachable(
      'The control plane does not let this user act as the role "authenticated".',
      'As the owner of the schema: grant authenticated to <user>;',
    );
  if (code === '42501')
    return unreachable(
      `The control plane does not allow this: ${message}.`,
      'Writing needs the role "ci", asking for work the role "operator" (docs/control-plane.md); migrating needs the owner of the schema.',
    );
  if (code.startsWith('28'))
    return unreachable(`The control plane refuses this user: ${message}.`, 'Check the connection string in the environment.');
  if (code.startsWith('42') || code.startsWith('0A'))
    return unreachable(
      `The control plane has other tables than this odoo-ops: ${message}.`,
      `${MIGRATE} If that changes nothing, somebody altered a table: \`odoo-ops check --rule row-level-security\` says which.`,
    );
  if (code === 'OP001')
    return unreachable(
      `Nothing was written: ${message}.`,
      'Switch row-level security on again (`odoo-ops check --rule row-level-security` prints the SQL), then run `odoo-ops evidence sync`.',
    );
  if (code === '25006')
    return unreachable('The control plane is read-only here: a replica, or a standby.', 'Connect to the primary server.');
  if (code === '57014')
    return new OpsError('timeout', `The control plane took longer than it may: ${message}.`, { cause, details, hint: WAITS });
  if (PASSING.test(code)) return unreachable(`The control plane cannot do this now: ${message}.`, WAITS);
  return new OpsError('rejected', message, { cause, details });
}
