import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authFault, goTrueErrors } from './auth-errors.ts';
import { accessToken, createSessions, type AuthUser, type Session } from './auth-sessions.ts';
import { bearer, readJson, sendJson, serve, type Service } from './http.ts';
import { verifyToken } from './tokens.ts';

/**
 * A stand-in for the part of Supabase Auth (GoTrue) that a sign-in with GitHub by PKCE needs: `/authorize`, `/token` (`pkce`,
 * `refresh_token`), `/user`, `/logout`, and the custom access token hook in the database. Its limits: GitHub has no page, it answers at once
 * what `github` says; users and sessions are in memory; no e-mail, no password, no implicit flow, no second factor, no admin interface.
 */
export interface AuthOptions {
  database: string;
  jwtSecret: string;
  /** The schema whose `custom_access_token(event jsonb)` is the hook. */
  schema: string;
  /** Seconds for which an access token holds. */
  tokenLifetime: number;
  /** Where a sign-in may return to, by its beginning; elsewhere it returns to the first. */
  redirects: readonly string[];
  /** The address of the project, for the `iss` of its tokens. */
  issuer: () => string;
}

/** Who the person in the browser is at GitHub; null says no to GitHub's question. */
export interface GitHubIdentity {
  login: string;
  email: string;
  app_metadata?: Record<string, unknown>;
}

export interface AuthService extends Service {
  github: (identity: GitHubIdentity | null) => void;
}

interface Flow {
  challenge: string;
  user: AuthUser;
}

export async function startAuth(options: AuthOptions): Promise<AuthService> {
  let identity: GitHubIdentity | null = { login: 'octocat', email: 'octocat@example.com' };
  const users = new Map<string, AuthUser>();
  const flows = new Map<string, Flow>();
  const sessions = createSessions();

  function userOf({ login, email, app_metadata }: GitHubIdentity): AuthUser {
    const user = users.get(email) ?? {
      id: randomUUID(),
      email,
      app_metadata: { provider: 'github', providers: ['github'] },
      user_metadata: { user_name: login, email },
      created_at: new Date().toISOString(),
    };
    user.app_metadata = { ...user.app_metadata, ...app_metadata };
    users.set(email, user);
    return user;
  }

  function authorize(query: URLSearchParams, response: ServerResponse) {
    if (query.get('provider') !== 'github') throw authFault(400, 'validation_failed', 'Unsupported provider: provider is not enabled');
    const challenge = query.get('code_challenge');
    if (challenge === null || query.get('code_challenge_method')?.toLowerCase() !== 's256')
      throw authFault(400, 'validation_failed', 'The stand-in speaks PKCE with S256 only');
    const wanted = query.get('redirect_to') ?? '';
    const target = new URL(options.redirects.some((start) => wanted.startsWith(start)) ? wanted : options.redirects[0]!);
    if (identity === null) {
      target.searchParams.set('error', 'access_denied');
      target.searchParams.set('error_description', 'The user has denied your application access.');
    } else {
      const code = randomUUID();
      flows.set(code, { challenge, user: userOf(identity) });
      target.searchParams.set('code', code);
    }
    return response.writeHead(302, { location: target.href }).end();
  }

  async function answerSession(response: ServerResponse, session: Session, refreshToken: string): Promise<void> {
    const token = await accessToken(session, options);
    const expiresAt = Math.floor(Date.now() / 1000) + options.tokenLifetime;
    const times = { expires_in: options.tokenLifetime, expires_at: expiresAt };
    sendJson(response, 200, {
      access_token: token,
      token_type: 'bearer',
      ...times,
      refresh_token: refreshToken,
      user: shown(session.user),
    });
  }

  async function exchange(body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    const { auth_code: code, code_verifier: verifier } = body;
    if (typeof code !== 'string' || typeof verifier !== 'string' || code === '' || verifier === '')
      throw authFault(400, 'validation_failed', 'invalid request: both auth code and code verifier should be non-empty');
    const flow = flows.get(code);
    if (!flow) throw authFault(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found');
    if (createHash('sha256').update(verifier).digest('base64url') !== flow.challenge)
      throw authFault(400, 'bad_code_verifier', 'code challenge does not match previously saved code verifier');
    flows.delete(code);
    const { session, token } = sessions.open(flow.user);
    await answerSession(response, session, token);
  }

  /** The user and session of a request. */
  async function signedIn(request: IncomingMessage): Promise<Session> {
    const token = bearer(request);
    if (token === null) throw authFault(401, 'no_authorization', 'This endpoint requires a valid Bearer token');
    const claims = await verifyToken(options.jwtSecret, token).catch((error: unknown) => {
      throw authFault(403, 'bad_jwt', `invalid JWT: unable to parse or verify signature, ${(error as Error).message}`);
    });
    const session = sessions.get(String(claims['session_id']));
    if (!session) throw authFault(403, 'session_not_found', 'Session from session_id claim in JWT does not exist');
    return session;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://auth');
    switch (`${request.method ?? ''} ${url.pathname}`) {
      case 'GET /authorize':
        return authorize(url.searchParams, response);
      case 'POST /token': {
        const body = await readJson(request);
        const grant = url.searchParams.get('grant_type');
        if (grant === 'pkce') return exchange(body, response);
        if (grant !== 'refresh_token') throw authFault(400, 'validation_failed', 'unsupported_grant_type');
        const { session, token } = sessions.refresh(String(body['refresh_token']));
        return answerSession(response, session, token);
      }
      case 'GET /user':
        return sendJson(response, 200, shown((await signedIn(request)).user));
      case 'PUT /user': {
        const { user } = await signedIn(request);
        const { data } = await readJson(request);
        user.user_metadata = { ...user.user_metadata, ...(data as Record<string, unknown> | undefined) };
        return sendJson(response, 200, shown(user));
      }
      case 'POST /logout':
        sessions.close(await signedIn(request), url.searchParams.get('scope') ?? 'global');
        return response.writeHead(204).end();
      default:
        return sendJson(response, 404, { code: 404, msg: '404 page not found' });
    }
  }

  const service = await serve(goTrueErrors(handle));
  return { ...service, github: (next) => void (identity = next) };
}

const shown = (user: AuthUser) => ({ ...user, aud: 'authenticated', role: 'authenticated', identities: [], is_anonymous: false });
