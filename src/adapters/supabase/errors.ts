import { isSqlState, sqlStateError } from '../../core/control-plane/sql-state.ts';
import { OpsError } from '../../core/errors.ts';

/** What PostgREST, the gateway before it, or the network answered. `status` is 0 where nothing did. */
export interface Failure {
  status: number;
  code: string;
  message: string;
}

/** True for what may go away by itself, and so is worth another try: not what took too long, which would again. */
export const isPassing = ({ status, code }: Failure): boolean =>
  status === 0 || status === 408 || status === 429 || (status >= 500 && code !== '57014' && !code.startsWith('OP'));

const WAITS = 'Records wait on disk; `odoo-ops evidence sync` delivers them later.';
const SIGN_IN = 'In VS Code: "Odoo Ops: Sign In to Supabase". In CI: set the variable that control_plane.supabase.token_env names.';

/**
 * What a failure means for a person.
 * @param project host of the project: never a key
 * @param anonymous true where nobody was signed in
 */
export function restError({ status, code, message }: Failure, project: string, anonymous: boolean): OpsError {
  const unreachable = (text: string, hint: string) =>
    new OpsError('unreachable', text, { hint, details: { status, code, answer: message.slice(0, 500) } });
  if (status === 0)
    return unreachable(`Supabase at ${project} does not answer: ${message}`, `Check control_plane.supabase.url and the network. ${WAITS}`);
  // Not what PostgreSQL says: it repeats words of the rows.
  if (code === 'PGRST301' || code === 'PGRST303' || (!isSqlState(code) && /\bJWT\b/.test(message))) {
    if (/expired/i.test(message)) return unreachable('The session has expired.', SIGN_IN);
    if (/future/i.test(message))
      return unreachable(`Supabase takes the token for one from the future: ${message}`, 'Set the clock of the machine that signed it.');
    return unreachable(
      `Supabase at ${project} does not take the token: ${message}`,
      `It was signed for another project, or changed. ${SIGN_IN}`,
    );
  }
  if (status === 401 && !isSqlState(code))
    return unreachable(
      `Supabase at ${project} does not take the key: ${message}`,
      'Check the publishable key (control_plane.supabase): it belongs to one project.',
    );
  if (code === 'PGRST106')
    return unreachable(
      'The Supabase project does not expose schema "ops".',
      'Add ops to the exposed schemas: Project Settings, Data API (self-hosted: PGRST_DB_SCHEMAS).',
    );
  if (code === 'PGRST202' || code === 'PGRST205') return sqlStateError('42883', message, undefined);
  if (code === 'PGRST204') return sqlStateError('42703', message, undefined);
  if (code === '42501' && anonymous) return unreachable('Nobody is signed in, and the publishable key alone reads nothing.', SIGN_IN);
  if (status === 413) return new OpsError('rejected', `It is larger than Supabase at ${project} takes.`, { details: { status } });
  if (isSqlState(code)) return sqlStateError(code, message, undefined);
  if (status >= 500 || status === 429)
    return unreachable(`Supabase at ${project} has trouble of its own (${status}): ${message.slice(0, 200)}`, WAITS);
  return unreachable(
    `${project} does not answer as a Supabase project (${status}).`,
    'Check control_plane.supabase.url: https://<ref>.supabase.co, without a path.',
  );
}
