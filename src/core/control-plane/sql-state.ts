import { OpsError } from '../errors.ts';

const MIGRATE = 'Run `odoo-ops control-plane migrate`.';

/**
 * What an error code of PostgreSQL means for us, whoever passes it on: a connection, or PostgREST.
 * @param message of the server; it may hold values of the row, and never a password
 * @returns undefined for a code that says nothing of its own: then it is as if the server had not answered
 */
export function sqlStateError(code: string, message: string, cause: unknown): OpsError | undefined {
  const unreachable = (text: string, hint: string) => new OpsError('unreachable', text, { hint, cause, details: { sqlstate: code } });
  if (code === '42501' && message.includes('set role')) {
    return unreachable(
      'The control plane does not let this user act as the role "authenticated".',
      'As the owner of the schema: grant authenticated to <user>;',
    );
  }
  if (code === '22023' && message.startsWith('role "') && !message.includes('"authenticated"'))
    return unreachable(`The token names a role that the control plane does not have: ${message}.`, 'A token needs role "authenticated".');
  switch (code === '22023' && message.includes('role "authenticated"') ? '3F000' : code) {
    case '3F000': // no such schema
    case '42P01': // no such table
    case '42883': // no such function
      return unreachable('The control plane has no schema "ops", or an older one.', MIGRATE);
    case '42703': // no such column
      return unreachable(
        `The control plane has other columns than this odoo-ops: ${message}.`,
        `${MIGRATE} If that changes nothing, somebody altered a table: \`odoo-ops check --rule row-level-security\` says which.`,
      );
    case '28P01':
    case '28000':
      return unreachable('The control plane refuses this user.', 'Check the connection string in the environment.');
    case '42501':
      return unreachable(
        `The control plane does not allow this: ${message}.`,
        'Writing needs the role "ci", asking for work the role "operator" (docs/control-plane.md).',
      );
    case 'OP001':
      return unreachable(
        `Nothing was written: ${message}.`,
        'Switch row-level security on again (`odoo-ops check --rule row-level-security` prints the SQL), then run `odoo-ops evidence sync`.',
      );
    case 'OP002':
    case 'OP003':
      return new OpsError('rejected', message, { cause, details: { sqlstate: code } });
  }
  // 22: the data; 23: a constraint; 54: larger than a limit.
  if (/^(?:22|23|54)/.test(code)) return new OpsError('rejected', message, { cause, details: { sqlstate: code } });
  return undefined;
}
