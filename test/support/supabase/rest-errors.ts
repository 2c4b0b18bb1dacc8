import { HttpError } from './http.ts';

/** PostgREST's own errors. */
export const restError = (status: number, code: string, message: string, details: string | null = null): HttpError =>
  new HttpError(status, { code, details, hint: null, message });

/** What PostgREST understands and this stand-in does not: never taken for an answer of PostgREST's. */
export const notSpoken = (what: string): HttpError => restError(501, 'STANDIN', `The stand-in for PostgREST does not speak this: ${what}`);

/** Exact codes first, then classes, in PostgREST 12's order. */
const STATUSES: readonly (readonly [RegExp, number])[] = [
  [/^08/, 503],
  [/^09/, 500],
  [/^0[LP]/, 403],
  [/^2350[35]$/, 409],
  [/^25006$/, 405],
  [/^25/, 500],
  [/^28/, 403],
  [/^(?:2D|38|39|3B|40)/, 500],
  [/^53400$/, 500],
  [/^53/, 503],
  [/^54/, 413],
  [/^55/, 500],
  [/^57P01$/, 503],
  [/^5[78]/, 500],
  [/^(?:F0|HV|XX)/, 500],
  [/^P0001$/, 400],
  [/^P0/, 500],
  [/^42(?:883|P01)$/, 404],
];

interface DatabaseError {
  code?: string;
  message?: string;
  detail?: string;
  hint?: string;
}

/** An error of the database, or of the way to it, as PostgREST 12 answers it. */
export function databaseError(error: unknown, anonymous: boolean): HttpError {
  if (error instanceof HttpError) return error;
  const { code = '', message = '', detail, hint } = error as DatabaseError;
  if (!/^[0-9A-Z]{5}$/.test(code)) return restError(503, 'PGRST001', 'Database client error. Retrying the connection.', message);
  const body = { code, message, details: detail ?? null, hint: hint ?? null };
  if (code === '42501') return anonymous ? new HttpError(401, body, { 'www-authenticate': 'Bearer' }) : new HttpError(403, body);
  const custom = /^PT(\d{3})$/.exec(code)?.[1];
  const status = custom === undefined ? (STATUSES.find(([pattern]) => pattern.test(code))?.[1] ?? 400) : Number(custom);
  return new HttpError(status, body, status === 503 ? { 'retry-after': '0' } : {});
}
