import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';

export type Claims = JWTPayload;

const key = (secret: string) => new TextEncoder().encode(secret);

/** An HS256 token with exactly these claims: no expiry is added. */
export const signToken = (secret: string, claims: Claims): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key(secret));

/** PostgREST accepts clocks that differ by this many seconds. */
const SKEW = 30;

/** @throws the errors of jose */
export async function verifyToken(secret: string, token: string): Promise<Claims> {
  const { payload } = await jwtVerify(token, key(secret), { algorithms: ['HS256'], clockTolerance: SKEW });
  if (payload.iat !== undefined && payload.iat > Date.now() / 1000 + SKEW)
    throw new errors.JWTClaimValidationFailed('"iat" is in the future', payload, 'iat', 'check_failed');
  return payload;
}

/** What PostgREST 12 says of a token that it refuses. */
export function tokenFault(error: unknown, token: string): string {
  const parts = token.split('.').length;
  if (parts !== 3) return `JWSError (CompactDecodeError Invalid number of parts: Expected 3 parts; got ${parts})`;
  if (error instanceof errors.JWTExpired) return 'JWT expired';
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === 'iat' ? 'JWTIssuedAtFuture' : 'JWTNotYetValid';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'JWSError JWSInvalidSignature';
  return 'JWSError';
}
