import { setTimeout as sleep } from 'node:timers/promises';
import { ALREADY_USED, NOT_A_MEMBER, SESSION_ENDED } from '../../adapters/supabase/auth-errors.ts';
import * as auth from '../../adapters/supabase/session.ts';
import {
  claimsOf,
  endedSession,
  isExpired,
  needsRefresh,
  sessionState,
  type Session,
  type SessionState,
} from '../../core/control-plane/session.ts';
import { isOpsError } from '../../core/errors.ts';
import type { SupabaseProject } from '../workspace.ts';

/** Where a host keeps secrets: VS Code's SecretStorage is one. All windows share it. */
export interface SecretStore {
  get: (key: string) => PromiseLike<string | undefined>;
  store: (key: string, value: string) => PromiseLike<void>;
  delete: (key: string) => PromiseLike<void>;
}

/** A session is for one client: who works for two signs in to each, and no window takes the token from another. */
export const secretKey = ({ url, clientId }: SupabaseProject): string => `supabase:${url}#${clientId}`;

/** Milliseconds in which another window may keep what it got just now. */
const OTHER_WINDOW = 1000;

const reasonOf = (error: unknown): unknown => (isOpsError(error, 'refused') ? error.details['reason'] : undefined);

export interface SignInToProject extends Omit<auth.SignIn, 'finish'> {
  /** Keeps the session. @throws OpsError `refused` also where the person is no member of the client: then there is none */
  finish: (callback: string) => Promise<Session>;
}

export interface SessionKeeper {
  /** What is kept now. */
  state: () => Promise<SessionState>;
  /**
   * The session with a token that holds; null where nobody is signed in. One refresh at a time, however many ask.
   * @throws OpsError `unreachable` where the token has expired and Supabase does not answer
   */
  fresh: () => Promise<Session | null>;
  /** @param word what the answer must bring back as `state` */
  beginSignIn: (redirectTo: string, word: string, signal: AbortSignal) => Promise<SignInToProject>;
  /** Signed out here whatever the project says. @throws OpsError `unreachable` where it does not answer: the session ends there by itself */
  signOut: () => Promise<void>;
  /** To be called when another window may have changed what is kept. */
  changed: () => void;
}

/** Keeps a person's session for a project: read before it is renewed, because another window may have done that. */
export function keepSession(project: SupabaseProject, secrets: SecretStore): SessionKeeper {
  const key = secretKey(project);
  const options = (signal = new AbortController().signal): auth.AuthOptions => ({ ...project, signal });
  let known: Session | undefined;
  let renewing: Promise<Session | null> | undefined;

  const state = async (): Promise<SessionState> => sessionState(await secrets.get(key), project.url);
  const keep = async (session: Session): Promise<Session> => {
    await secrets.store(key, JSON.stringify(session));
    return (known = session);
  };
  /** Whether the session from which a renewal began is still the one that is kept: else somebody signed out, or in, meanwhile. */
  const isCurrent = async ({ refresh_token }: Session): Promise<boolean> => {
    const now = await state();
    return now.is === 'signedIn' && now.session.refresh_token === refresh_token;
  };
  /** What holds after a renewal: what came of it, or what somebody else kept in place of the old one meanwhile. */
  const replace = async (old: Session, renewed: Session): Promise<Session | null> => {
    if (await isCurrent(old)) return keep(renewed);
    const now = await state();
    return now.is === 'signedIn' ? now.session : null;
  };
  const isForClient = ({ access_token }: Session) => claimsOf(access_token)?.client_id === project.clientId;
  /** Kept before the client is chosen: the refresh token that it came from is used up. */
  const forClient = async (session: Session): Promise<Session | null> =>
    isForClient(session) ? session : replace(session, await auth.switchClient(options(), session, project.clientId));

  /** A session that another window has kept in place of the one that was refused. */
  async function fromOtherWindow(refused: Session): Promise<Session | undefined> {
    for (const wait of [0, OTHER_WINDOW]) {
      await sleep(wait);
      const now = await state();
      if (now.is === 'signedIn' && now.session.refresh_token !== refused.refresh_token) return now.session;
    }
    return undefined;
  }

  async function renew(): Promise<Session | null> {
    const now = await state();
    if (now.is !== 'signedIn') return null;
    const { session } = now;
    let held = session;
    try {
      const renewed = needsRefresh(session, Date.now()) ? await replace(session, await auth.refreshSession(options(), session)) : session;
      held = renewed ?? session;
      const ours = renewed && (await forClient(renewed));
      known = ours ?? undefined;
      return ours;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === ALREADY_USED) {
        const other = await fromOtherWindow(session);
        if (other) return (known = other);
      }
      if (isOpsError(error) && [ALREADY_USED, SESSION_ENDED, NOT_A_MEMBER].some((end) => end === reason)) {
        if (await isCurrent(held)) await secrets.store(key, endedSession(error.message));
        return null;
      }
      // It holds for a while yet: what was asked need not wait for Supabase Auth.
      if (isForClient(session) && !isExpired(session, Date.now())) return session;
      throw error;
    }
  }

  return {
    state,
    fresh: () => {
      if (known && !needsRefresh(known, Date.now())) return Promise.resolve(known);
      return (renewing ??= renew().finally(() => (renewing = undefined)));
    },
    beginSignIn: async (redirectTo, word, signal) => {
      const { url, finish } = await auth.beginSignIn(options(signal), redirectTo, word);
      return {
        url,
        finish: async (callback) => {
          const session = await finish(callback);
          if (isForClient(session)) return keep(session);
          try {
            return await keep(await auth.switchClient(options(signal), session, project.clientId));
          } catch (error) {
            // Not kept here, and so of no use there.
            await auth.signOut(options(), session).catch(() => undefined);
            throw error;
          }
        },
      };
    },
    signOut: async () => {
      // What is being renewed would be kept after it.
      await renewing?.catch(() => null);
      const now = await state();
      known = undefined;
      await secrets.delete(key);
      if (now.is === 'signedIn') await auth.signOut(options(), now.session);
    },
    changed: () => (known = undefined),
  };
}
