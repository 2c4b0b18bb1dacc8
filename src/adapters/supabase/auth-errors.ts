import { OpsError } from '../../core/errors.ts';
import { restError } from './errors.ts';

/** What supabase-js gives for an error of Supabase Auth. */
export interface AuthFailure {
  name: string;
  message: string;
  status?: number | undefined;
  code?: string | undefined;
}

/** `details.reason` of an error after which only a new sign-in helps. */
export const SESSION_ENDED = 'session-ended';
/** The same, where another window may have used the refresh token just before. */
export const ALREADY_USED = 'already-used';
export const NOT_A_MEMBER = 'not-a-member';

const ENDED = ['refresh_token_not_found', 'session_not_found', 'session_expired', 'user_not_found', 'user_banned'];
const BEGIN_AGAIN = ['bad_code_verifier', 'flow_state_not_found', 'flow_state_expired', 'bad_oauth_state', 'bad_oauth_callback'];

/** What a failure of Supabase Auth means for a person. @param project host of the project: never a key */
export function authError({ name, message, status: answered = 0, code = '' }: AuthFailure, project: string): OpsError {
  const passed = /^status_(\d+)$/.exec(code)?.[1];
  const status = passed === undefined ? answered : Number(passed);
  const details = { status, code };
  if (code === 'refresh_token_already_used' || ENDED.includes(code) || name === 'AuthSessionMissingError') {
    const reason = code === 'refresh_token_already_used' ? ALREADY_USED : SESSION_ENDED;
    const what = code === 'user_banned' ? 'has blocked this user' : 'has ended the session';
    return new OpsError('refused', `Supabase at ${project} ${what}.`, { hint: 'Sign in again.', details: { ...details, reason } });
  }
  if (BEGIN_AGAIN.includes(code) || name === 'AuthPKCECodeVerifierMissingError')
    return new OpsError('refused', 'This is not the answer to the sign-in that was begun here, or it came too late.', {
      hint: 'Begin the sign-in again.',
      details,
    });
  if (status >= 500)
    return new OpsError('unreachable', `Supabase Auth at ${project} has trouble of its own (${status}).`, {
      hint: 'Try again later. If it stays: the hook of Authentication > Hooks must be ops.custom_access_token, and supabase_auth_admin may run it.',
      details,
    });
  if (status === 429)
    return new OpsError('unreachable', `Supabase Auth at ${project} asks for patience: ${message}`, {
      hint: 'Try again in a minute.',
      details,
    });
  return restError({ status, code: '', message }, project, false);
}
