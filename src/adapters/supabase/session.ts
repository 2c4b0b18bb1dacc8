import * as z from 'zod';
import { parseAnswer } from '../../core/control-plane/answer.ts';
import { callbackOf, claimsOf, isExpired, type Session } from '../../core/control-plane/session.ts';
import { isOpsError, OpsError, toOpsError } from '../../core/errors.ts';
import { authError, NOT_A_MEMBER, type AuthFailure } from './auth-errors.ts';
import { quietFetch } from './auth-fetch.ts';
import { noWebSocket, type SupabaseOptions } from './client.ts';

export type AuthOptions = Pick<SupabaseOptions, 'url' | 'key' | 'timeout' | 'signal'>;

const sessionAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number().positive(),
  user: z.object({
    id: z.string(),
    email: z.string().nullish(),
    user_metadata: z.object({ user_name: z.string().optional().catch(undefined) }).nullish(),
  }),
});

interface Answer {
  data: unknown;
  error: AuthFailure | null;
}

/** supabase-js as a means to sign in: it keeps what it knows in memory, sets no timer, and each call ends with the signal or its timeout. */
async function authOf({ url, key, timeout, signal }: AuthOptions) {
  const { createClient } = await import('./sdk.ts');
  const isAborted = () => signal.aborted;
  let limit = signal;
  const { auth } = createClient(url, key, {
    auth: { flowType: 'pkce', persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: quietFetch(() => AbortSignal.any([signal, limit])) },
    realtime: { transport: noWebSocket as never },
  });
  /** @throws OpsError `refused`, `unreachable`, `cancelled` */
  const ask = async <Given extends Answer>(question: () => Promise<Given>): Promise<Given['data']> => {
    limit = AbortSignal.timeout(timeout);
    const { data, error } = await question();
    if (isAborted()) throw toOpsError(signal.reason);
    const project = new URL(url).host;
    if (error && limit.aborted)
      throw new OpsError('unreachable', `Supabase Auth at ${project} did not answer within ${timeout / 1000} s.`, {
        hint: 'Check the network, and try again.',
      });
    if (error) throw authError(error, project);
    return data;
  };
  return { auth, ask };
}

/** By our own clock, from when the answer came: that of the server may differ. */
function sessionOf(answer: unknown, url: string): Session {
  const { access_token, refresh_token, expires_in, user } = parseAnswer(sessionAnswer, answer, 'the sign-in');
  const now = Date.now();
  return {
    url,
    access_token,
    refresh_token,
    received_at: now,
    expires_at: now + expires_in * 1000,
    user: { id: user.id, email: user.email ?? null, name: user.user_metadata?.user_name ?? null },
  };
}

export interface SignIn {
  /** To be opened in the person's browser. */
  url: string;
  /**
   * The session, for the address to which the browser came back.
   * @throws OpsError `refused` where the person or GitHub said no, or the answer is not to this sign-in; `unreachable`, `cancelled`
   */
  finish: (callback: string) => Promise<Session>;
}

/**
 * Begins a sign-in with GitHub by PKCE: what could be seen of it on the way is worth nothing without the verifier, which stays here.
 * @param state what the address must bring back
 */
export async function beginSignIn(options: AuthOptions, redirectTo: string, state: string): Promise<SignIn> {
  const { auth, ask } = await authOf(options);
  const { url } = await ask(() => auth.signInWithOAuth({ provider: 'github', options: { redirectTo, skipBrowserRedirect: true } }));
  if (url === null) throw new OpsError('failed', 'There is no address for the sign-in.');
  return {
    url,
    finish: async (callback) => {
      const answer = callbackOf(callback);
      if (answer.state !== state) throw new OpsError('refused', 'This answers another sign-in.', { hint: 'Begin the sign-in again.' });
      const { code } = answer;
      if (code === null)
        throw new OpsError('refused', `The sign-in was refused: ${answer.error ?? 'there is no code in the answer'}`, {
          hint: 'Begin it again, and let Supabase know who you are at GitHub.',
        });
      const { session } = await ask(() => auth.exchangeCodeForSession(code));
      return sessionOf(session, options.url);
    },
  };
}

/**
 * A new access token. The refresh token is used up: keep what comes.
 * @throws OpsError `refused` (`details.reason`) where the session has ended, `unreachable`, `cancelled`
 */
export async function refreshSession(options: AuthOptions, { refresh_token }: Session): Promise<Session> {
  const { auth, ask } = await authOf(options);
  const { session } = await ask(() => auth.refreshSession({ refresh_token }));
  return sessionOf(session, options.url);
}

const CHOICES = 3;

/**
 * The session for another client of the person: they choose it, and the hook of the project puts it into the next token, if they belong
 * to it.
 * @throws OpsError `refused` where they do not, `unreachable`, `cancelled`
 */
export async function switchClient(options: AuthOptions, session: Session, clientId: string): Promise<Session> {
  const { auth, ask } = await authOf(options);
  await ask(() => auth.setSession(session));
  for (let choice = 1; ; choice++) {
    await ask(() => auth.updateUser({ data: { client_id: clientId } }));
    const answer = await ask(() => auth.refreshSession());
    const next = sessionOf(answer.session, options.url);
    const claims = claimsOf(next.access_token);
    if (claims?.client_id === clientId) return next;
    // A window with another client may have chosen in between: the choice is the person's, not the session's.
    if (claims?.user_metadata?.client_id !== clientId && choice < CHOICES) continue;
    const { host } = new URL(options.url);
    throw new OpsError(
      'refused',
      `${next.user.name ?? next.user.email ?? 'You'}: not a member of client ${clientId} in Supabase at ${host}.`,
      {
        hint: `Ask whoever runs the project for a row in ops.client_members with your id, ${next.user.id}; then sign in again.`,
        details: { reason: NOT_A_MEMBER },
      },
    );
  }
}

/** Ends the session at the project: its refresh token is worth nothing any more. @throws OpsError `unreachable`, `cancelled` */
export async function signOut(options: AuthOptions, session: Session): Promise<void> {
  try {
    const current = isExpired(session, Date.now()) ? await refreshSession(options, session) : session;
    const { auth, ask } = await authOf(options);
    await ask(() => auth.admin.signOut(current.access_token, 'local'));
  } catch (error) {
    // It is over already.
    if (!isOpsError(error, 'refused') || error.details['reason'] === undefined) throw error;
  }
}
