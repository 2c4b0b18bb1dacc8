import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import { plainText, sentence } from '../../core/text.ts';

const MAX_WORDS = 300;
const wordsSchema = z.object({
  message: z.string().optional(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().optional(), field: z.string().optional() })])).optional(),
});

/** The parts of what octokit throws: RequestError, GraphqlResponseError, or an error of the throttling plugin. */
const failureSchema = z.object({
  status: z.int().optional(),
  message: z.string(),
  headers: z.record(z.string(), z.unknown()).optional(),
  response: z.object({ headers: z.record(z.string(), z.unknown()).optional(), data: z.unknown() }).optional(),
  errors: z.array(z.object({ type: z.string().optional(), message: z.string() })).optional(),
});

export interface Failure {
  /** Null where GitHub did not answer at all. */
  status: number | null;
  /** GitHub's own. */
  words: string;
  /** When it may be asked again; null where no limit was reached. */
  retryAt: Date | null;
  /** Where the organisation wants the token to be approved for single sign-on. */
  signOn: string | null;
}

function ownWords(data: unknown): string | null {
  const parsed = wordsSchema.safeParse(data);
  if (!parsed.success || parsed.data.message === undefined) return null;
  const details = (parsed.data.errors ?? []).map((one) => (typeof one === 'string' ? one : (one.message ?? one.field ?? '')));
  return [parsed.data.message, ...details.filter((text) => text !== '')].join(': ');
}

/** GraphQL says with 200 what REST says with a status. */
const GRAPHQL_STATUS: Readonly<Record<string, number>> = { NOT_FOUND: 404, FORBIDDEN: 403, INSUFFICIENT_SCOPES: 403 };

const headerOf = (headers: Record<string, unknown>, name: string): string | null => {
  const value = headers[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
};

/** When to come again, by the rules of GitHub's documentation; null where it is no limit that was reached. */
function limitEnd(status: number | null, words: string, headers: Record<string, unknown>, rateLimited: boolean, now: Date): Date | null {
  if (!rateLimited && status !== 403 && status !== 429) return null;
  const after = Number(headerOf(headers, 'retry-after') ?? Number.NaN);
  if (Number.isFinite(after)) return new Date(now.getTime() + after * 1000);
  const spent = headerOf(headers, 'x-ratelimit-remaining') === '0';
  const reset = Number(headerOf(headers, 'x-ratelimit-reset') ?? Number.NaN);
  if ((spent || rateLimited) && Number.isFinite(reset)) return new Date(Math.max(reset * 1000, now.getTime() + 1000));
  // Without a header: "wait for at least one minute".
  return status === 429 || rateLimited || /rate limit/i.test(words) ? new Date(now.getTime() + 60_000) : null;
}

/** What octokit threw, read. */
export function failureOf(error: unknown, now: Date): Failure {
  const parsed = failureSchema.safeParse(error);
  if (!parsed.success) return { status: null, words: String(error), retryAt: null, signOn: null };
  const { message, response, errors } = parsed.data;
  const headers = response?.headers ?? parsed.data.headers ?? {};
  const status = errors === undefined ? response && parsed.data.status : (GRAPHQL_STATUS[errors[0]?.type ?? ''] ?? 422);
  const words = plainText(ownWords(response?.data) ?? errors?.map((one) => one.message).join(' ') ?? message).slice(0, MAX_WORDS);
  const rateLimited = errors?.some(({ type }) => type === 'RATE_LIMITED') === true || message === 'GraphQL Rate Limit Exceeded';
  const signOn = /url=(https:\/\/\S+)/.exec(headerOf(headers, 'x-github-sso') ?? '')?.[1] ?? null;
  return { status: status ?? null, words, retryAt: limitEnd(status ?? null, words, headers, rateLimited, now), signOn };
}

export function limitError(words: string, at: Date): OpsError {
  return new OpsError('unreachable', `GitHub's limit is reached: ${sentence(words)} It lets us ask again at ${at.toISOString()}.`, {
    hint: 'Nothing is lost: do the same again after that time.',
    details: { reason: 'rate-limit', retry_at: at.toISOString() },
  });
}

function hintOf({ status, signOn }: Failure): string {
  if (signOn !== null) return `Approve the token for single sign-on: ${signOn}`;
  if (status === 401) return 'Sign in to GitHub again, or set GITHUB_TOKEN to a token that is still valid.';
  if (status === 404) return 'See the address of the remote, and whether the token may see this repository.';
  if (status === 403) return 'The token lacks a permission: it has to read and write pull requests, commit statuses and contents.';
  return 'See https://www.githubstatus.com, and try again.';
}

/**
 * Anything that a question to GitHub threw, as an error that a person can act on. Neither its message nor its cause holds the token.
 * @param doing for its message: `be asked for pull requests`
 */
export function gitHubError(error: unknown, doing: string, now: Date): OpsError {
  if (error instanceof OpsError) return error;
  if (error instanceof z.ZodError) {
    return new OpsError('unreachable', `GitHub cannot ${doing}: its answer has another form than expected.`, {
      hint: 'Something else may answer in its place: see GITHUB_API_URL, and the proxy of this network.',
      details: { issues: z.prettifyError(error).slice(0, 1000) },
    });
  }
  const failure = failureOf(error, now);
  const { status, words, retryAt } = failure;
  if (retryAt !== null) return limitError(words, retryAt);
  const code = status !== null && status >= 400 && status < 500 ? 'rejected' : 'unreachable';
  return new OpsError(code, `GitHub cannot ${doing}: ${sentence(words)}`, { hint: hintOf(failure), details: { status } });
}
