import * as z from 'zod';

/** A person's sign-in to a Supabase project, as one client. Both tokens are secrets. */
export const sessionSchema = z.strictObject({
  /** Of the project, so that a token never goes to another one. */
  url: z.string(),
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  /** Milliseconds since 1970 by the clock of this machine, whatever the clock of the server says. */
  received_at: z.number(),
  expires_at: z.number(),
  user: z.strictObject({ id: z.string(), email: z.string().nullable(), name: z.string().nullable() }),
});
export type Session = z.infer<typeof sessionSchema>;

const claimsSchema = z.object({
  client_id: z.string().optional(),
  ops_role: z.string().optional(),
  role: z.string().optional(),
  user_metadata: z.object({ client_id: z.string().optional().catch(undefined) }).optional(),
});
export type Claims = z.infer<typeof claimsSchema>;

/** What a token says of its bearer. Nobody has verified it: it is good for showing, and for not asking in vain. */
export function claimsOf(token: string): Claims | null {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
    return claimsSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

/** Only CI writes records: the policies take them from nobody else (§7.2). */
export function writesRecords(token: string): boolean {
  const claims = claimsOf(token);
  return claims?.ops_role === 'ci' || claims?.role === 'service_role';
}

/** Milliseconds before its end at which a token is replaced. */
const SKEW = 60_000;

/**
 * True from a minute before the end of the token, or from the middle of one that is short; and where the clock went back to before it
 * came, so that nobody can tell.
 */
export function needsRefresh({ received_at, expires_at }: Session, now: number, skew = SKEW): boolean {
  return now < received_at || now >= expires_at - Math.min(skew, (expires_at - received_at) / 2);
}

export const isExpired = ({ received_at, expires_at }: Session, now: number): boolean => now < received_at || now >= expires_at;

export interface Person {
  name: string;
  client: string | null;
  role: string | null;
}

export function personOf({ access_token, user }: Session): Person {
  const claims = claimsOf(access_token);
  return { name: user.name ?? user.email ?? user.id, client: claims?.client_id ?? null, role: claims?.ops_role ?? null };
}

/** `octocat, operator of acme` */
export const describePerson = ({ name, client, role }: Person): string =>
  client === null ? name : `${name}, ${role ?? 'member'} of ${client}`;

export type SessionState = { is: 'signedOut' } | { is: 'signedIn'; session: Session } | { is: 'expired'; message: string };

const endedSchema = z.strictObject({ ended: z.string() });

/** What is kept where a session has ended and could not be renewed: so each window says the same, and none tries again. */
export const endedSession = (message: string): string => JSON.stringify({ ended: message });

/** The state that a kept secret tells. What we do not know is nobody's session. */
export function sessionState(secret: string | undefined, url: string): SessionState {
  let value: unknown;
  try {
    value = JSON.parse(secret ?? 'null');
  } catch {
    return { is: 'signedOut' };
  }
  const session = sessionSchema.safeParse(value);
  if (session.success) return session.data.url === url ? { is: 'signedIn', session: session.data } : { is: 'signedOut' };
  const ended = endedSchema.safeParse(value);
  return ended.success ? { is: 'expired', message: ended.data.ended } : { is: 'signedOut' };
}

export interface Callback {
  state: string | null;
  code: string | null;
  /** Why there is no code, in the words of Supabase. */
  error: string | null;
}

/** What Supabase Auth says by the address to which it sends the browser back. It tells errors in the query or behind the hash. */
export function callbackOf(address: string): Callback {
  const url = new URL(address);
  const hash = new URLSearchParams(url.hash.slice(1));
  const get = (name: string): string | null => url.searchParams.get(name) ?? hash.get(name);
  return { state: get('state'), code: get('code'), error: get('error_description') ?? get('error') };
}
