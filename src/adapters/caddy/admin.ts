import { request, type Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpsError, toOpsError } from '../../core/errors.ts';

export interface Answer {
  status: number;
  text: string;
  /** What the configuration was that was told, for `If-Match`; null where Caddy does not say it. */
  etag: string | null;
}

export interface Question {
  method: 'GET' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  /** Refused with 412 where the configuration is another one by now. */
  ifMatch?: string | null;
}

const wordOf = (value: string | string[] | undefined): string | null => (typeof value === 'string' ? value : null);

/** Milliseconds for one question. */
const TIMEOUT = 20_000;

/**
 * How often a question is asked whose connection was cut: Caddy opens its ports anew with each change of its configuration, and cuts those
 * that wait at the old one.
 */
const CUT_TRIES = 8;
const CUT_PAUSE = 40;

const isCut = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

const unreachable = (reason: string, cause: unknown): OpsError =>
  new OpsError('unreachable', `The proxy's admin API does not answer: ${reason}`, { hint: 'Is Caddy running? Its log says more.', cause });

/**
 * Asks Caddy's admin API. A question that was cut is asked again: each of ours may come twice, since it says which configuration it means.
 * @throws OpsError `unreachable` where it does not answer, `cancelled`
 */
export async function askAdmin(admin: Agent, question: Question, signal: AbortSignal): Promise<Answer> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(admin, question, limited);
    } catch (error) {
      if (signal.aborted) throw toOpsError(signal.reason);
      if (limited.aborted) throw unreachable(`no answer in ${TIMEOUT / 1000} s`, error);
      if (error instanceof OpsError) throw error;
      if (!isCut(error) || attempt === CUT_TRIES) throw unreachable(error instanceof Error ? error.message : String(error), error);
      await sleep(CUT_PAUSE * attempt);
    }
  }
}

function askOnce(admin: Agent, { method, path, body, ifMatch }: Question, signal: AbortSignal): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    // Caddy compares it with where it listens.
    host: '127.0.0.1:2019',
    connection: 'close',
    ...(ifMatch == null ? {} : { 'if-match': ifMatch }),
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  };
  return new Promise((resolve, reject) => {
    const asked = request({ agent: admin, method, path, headers, signal }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        // Caddy knows it only when it has told everything.
        const etag = wordOf(answer.headers.etag) ?? wordOf(answer.trailers['etag']);
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), etag });
      });
    });
    asked.on('error', reject);
    asked.end(text);
  });
}
