import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { authFault } from './auth-errors.ts';
import type { AuthOptions } from './auth.ts';
import { signToken, type Claims } from './tokens.ts';

export interface AuthUser {
  id: string;
  email: string;
  app_metadata: Record<string, unknown>;
  user_metadata: Record<string, unknown>;
  created_at: string;
}
export interface Session {
  id: string;
  user: AuthUser;
}
interface RefreshToken {
  session: Session;
  parent: string | null;
  revoked: boolean;
}

/**
 * Sessions and their refresh tokens, by GoTrue's rules: each token is used once and gives the next one. The parent of the one that holds
 * now may come again and gets that one, because its answer may have got lost. Anything older is a theft: the whole session ends.
 * (GoTrue's interval in which a used token may come again is 0 here.)
 */
export function createSessions() {
  const sessions = new Map<string, Session>();
  const tokens = new Map<string, RefreshToken>();
  const issue = (session: Session, parent: string | null): string => {
    const token = randomBytes(12).toString('base64url');
    tokens.set(token, { session, parent, revoked: false });
    return token;
  };
  const activeOf = (session: Session) => [...tokens].find(([, token]) => token.session === session && !token.revoked);

  return {
    get: (id: string) => sessions.get(id),
    open: (user: AuthUser): { session: Session; token: string } => {
      const session = { id: randomUUID(), user };
      sessions.set(session.id, session);
      return { session, token: issue(session, null) };
    },
    refresh: (used: string): { session: Session; token: string } => {
      const found = tokens.get(used);
      if (!found) throw authFault(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found');
      const { session } = found;
      if (!found.revoked) {
        found.revoked = true;
        return { session, token: issue(session, used) };
      }
      const active = activeOf(session);
      if (active?.[1].parent === used) return { session, token: active[0] };
      if (active) active[1].revoked = true;
      throw authFault(400, 'refresh_token_already_used', 'Invalid Refresh Token: Already Used');
    },
    /** @param scope `local` this session, `others` all of the user's except this, `global` all of them */
    close: (session: Session, scope: string): void => {
      for (const other of [...sessions.values()]) {
        if (other.user !== session.user || (scope === 'local' && other !== session) || (scope === 'others' && other === session)) continue;
        sessions.delete(other.id);
        for (const [token, { session: of }] of tokens) if (of === other) tokens.delete(token);
      }
    },
  };
}

/** A new access token of a session; its claims have gone through the project's hook, where the database has one. */
export async function accessToken({ id, user }: Session, options: AuthOptions): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims: Claims = {
    iss: `${options.issuer()}/auth/v1`,
    sub: user.id,
    aud: 'authenticated',
    exp: now + options.tokenLifetime,
    iat: now,
    email: user.email,
    phone: '',
    app_metadata: user.app_metadata,
    user_metadata: user.user_metadata,
    role: 'authenticated',
    aal: 'aal1',
    amr: [{ method: 'oauth', timestamp: now }],
    session_id: id,
    is_anonymous: false,
  };
  const event = { user_id: user.id, claims, authentication_method: 'oauth' };
  return signToken(options.jwtSecret, await throughHook(event, options));
}

/** Called as `supabase_auth_admin`, as Supabase does: a hook that this role may not run fails the sign-in. */
async function throughHook(event: { claims: Claims }, { database, schema }: AuthOptions): Promise<Claims> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    const hook = `${pg.escapeIdentifier(schema)}.custom_access_token`;
    const found = await client.query<{ hook: string | null }>('select to_regprocedure($1)::text as hook', [`${hook}(jsonb)`]);
    if (found.rows[0]?.hook == null) return event.claims;
    await client.query('set role supabase_auth_admin');
    const { rows } = await client.query<{ output: { claims?: Claims; error?: { http_code?: number; message?: string } } }>(
      `select ${hook}($1::jsonb) as output`,
      [JSON.stringify(event)],
    );
    const output = rows[0]!.output;
    if (output.error) throw authFault(output.error.http_code ?? 500, 'unexpected_failure', output.error.message ?? '');
    if (!output.claims) throw authFault(500, 'unexpected_failure', 'output claims field is missing');
    return output.claims;
  } catch (error) {
    if (error instanceof pg.DatabaseError)
      throw authFault(500, 'unexpected_failure', `Error running hook URI: pg-functions://postgres/${schema}/custom_access_token`);
    throw error;
  } finally {
    await client.end();
  }
}
