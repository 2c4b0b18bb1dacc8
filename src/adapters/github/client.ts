import { OpsError } from '../../core/errors.ts';
import { failureOf, gitHubError, limitError } from './errors.ts';
import { memoryOf, remember, type Memory } from './memory.ts';

export interface ClientOptions {
  /** `https://api.github.com` */
  baseUrl: string;
  /** A secret: it goes to `baseUrl` and nowhere else. */
  token: string;
}

export interface Page<T> {
  value: T;
  /** Whether another page follows. */
  more: boolean;
}

/** What is asked, for messages (`be asked for pull requests`), and how its answer is read. */
export interface Question<T> {
  doing: string;
  parse: (answer: unknown) => T;
}

type Parameters = Readonly<Record<string, unknown>>;

/** GitHub's API, asked politely. @throws OpsError `unreachable`, `rejected`, `cancelled`, `timeout`; `send` throws what octokit threw */
export interface GitHubClient {
  memory: Memory;
  /** A question. What has not changed since this process asked last costs nothing of the limit. */
  read: <T>(route: string, parameters: Parameters, question: Question<T>, signal: AbortSignal) => Promise<Page<T>>;
  /** A question in GraphQL. */
  query: <T>(text: string, variables: Parameters, question: Question<T>, signal: AbortSignal) => Promise<T>;
  /** A change: sent once, and never again by itself. */
  write: (route: string, parameters: Parameters, doing: string, signal: AbortSignal) => Promise<unknown>;
  /** The same, with the error as GitHub gave it. */
  send: (route: string, parameters: Parameters, signal: AbortSignal) => Promise<unknown>;
}

/** Milliseconds for one request, for all tries of a question, and for a limit that is worth waiting for. */
const REQUEST_MS = 20_000;
const TOGETHER_MS = 90_000;
const WORTH_WAITING_S = 5;
const RETRIES = 2;

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Each try has its own time, beside the signal of the whole. */
const boundedFetch = (url: string, options: RequestInit): Promise<Response> => {
  const late = AbortSignal.timeout(REQUEST_MS);
  return fetch(url, { ...options, signal: options.signal ? AbortSignal.any([options.signal, late]) : late });
};

async function octokitOf({ baseUrl, token }: ClientOptions) {
  const { Octokit, retry, throttling } = await import('./sdk.ts');
  const worthWaiting = (seconds: number, _options: object, _octokit: object, tries: number) => tries < 1 && seconds <= WORTH_WAITING_S;
  return new (Octokit.plugin(throttling, retry))({
    auth: token,
    baseUrl,
    userAgent: 'odoo-ops',
    log,
    request: { fetch: boundedFetch, log },
    throttle: { id: baseUrl, onRateLimit: worthWaiting, onSecondaryRateLimit: worthWaiting },
    // 405 and 409 are answers to a merge, and 403 and 429 are the throttling's.
    retry: { retries: RETRIES, doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 429, 451] },
  });
}

/** Ends with the signal also while a plugin waits, which does not listen to it. @throws OpsError `cancelled`, `timeout` */
async function bounded<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(TOGETHER_MS);
  const either = AbortSignal.any([signal, late]);
  const ended = (): OpsError => {
    const reason: unknown = either.reason;
    if (reason instanceof OpsError) return reason;
    if (reason instanceof Error && reason.name === 'TimeoutError') {
      return new OpsError('timeout', 'GitHub did not answer in time.', { hint: 'See https://www.githubstatus.com, and try again.' });
    }
    return new OpsError('cancelled', 'Cancelled.', { cause: reason });
  };
  if (either.aborted) throw ended();
  return new Promise<T>((resolve, reject) => {
    const end = () => reject(ended());
    either.addEventListener('abort', end, { once: true });
    work(either)
      .then(resolve, (error: unknown) => reject(either.aborted ? ended() : (error as Error)))
      .finally(() => either.removeEventListener('abort', end));
  });
}

const hasNext = (link: unknown): boolean => typeof link === 'string' && /;\s*rel="next"/.test(link);

type Api = Awaited<ReturnType<typeof octokitOf>>;

/** Nothing is asked yet, and no library read. */
export function gitHubClient(options: ClientOptions): GitHubClient {
  const memory = memoryOf(options.baseUrl, options.token);
  let octokit: Promise<Api> | undefined;

  /** Nobody asks on against a limit that is known: GitHub takes that for abuse. */
  async function asked<T>(resource: string, signal: AbortSignal, work: (api: Api, signal: AbortSignal) => Promise<T>): Promise<T> {
    const blocked = memory.blockedUntil.get(resource);
    if (blocked && blocked.at > new Date()) throw limitError(blocked.words, blocked.at);
    const api = await (octokit ??= octokitOf(options));
    try {
      return await bounded(signal, (either) => work(api, either));
    } catch (error) {
      const { retryAt: at, words } = failureOf(error, new Date());
      if (at !== null) memory.blockedUntil.set(resource, { at, words });
      throw error;
    }
  }

  /** A page, from memory where GitHub says that it is still true. */
  async function page(api: Api, route: string, parameters: Parameters, signal: AbortSignal): Promise<{ data: unknown; more: boolean }> {
    const { url } = api.request.endpoint(route, parameters);
    const known = memory.answers.get(url);
    try {
      const headers = known ? { 'if-none-match': known.etag } : {};
      const answer = await api.request(route, { ...parameters, headers, request: { signal } });
      const fresh = { data: answer.data as unknown, more: hasNext(answer.headers.link) };
      const { etag } = answer.headers;
      if (etag !== undefined) remember(memory, url, { ...fresh, etag });
      return fresh;
    } catch (error) {
      if (!known || failureOf(error, new Date()).status !== 304) throw error;
      remember(memory, url, known);
      return known;
    }
  }

  async function inWords<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw gitHubError(error, doing, new Date());
    }
  }

  const send: GitHubClient['send'] = (route, parameters, signal) =>
    asked('core', signal, async (api, either) => {
      const answer = await api.request(route, { ...parameters, request: { signal: either, retries: 0 } });
      return answer.data as unknown;
    });

  return {
    memory,
    send,
    write: (route, parameters, doing, signal) => inWords(doing, () => send(route, parameters, signal)),
    read: (route, parameters, { doing, parse }, signal) =>
      inWords(doing, async () => {
        const { data, more } = await asked('core', signal, (api, either) => page(api, route, parameters, either));
        return { value: parse(data), more };
      }),
    query: (text, variables, { doing, parse }, signal) =>
      inWords(doing, async () => {
        const answer = await asked('graphql', signal, (api, either) => api.graphql(text, { ...variables, request: { signal: either } }));
        return parse(answer);
      }),
  };
}
