import { Agent, request } from 'node:http';
import { Duplex } from 'node:stream';
import { OpsError, toOpsError } from '../../core/errors.ts';

/** A connection to Caddy's admin API, however it is reached: through the engine, or by TCP. */
export type Connect = () => Promise<Duplex>;

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

/** A connection of its own for each question: those through an engine do not live long. */
function agentOver(connect: Connect): Agent {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = (_options, done) => {
    connect().then(
      (connection) => done?.(null, connection),
      (error: unknown) => done?.(toOpsError(error), new Duplex()),
    );
    return undefined;
  };
  return agent;
}

/** Asks Caddy's admin API. @throws OpsError `unreachable` where it does not answer, `cancelled` */
export function askAdmin(connect: Connect, { method, path, body, ifMatch }: Question, signal: AbortSignal): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    // Caddy compares it with where it listens.
    host: '127.0.0.1:2019',
    connection: 'close',
    ...(ifMatch == null ? {} : { 'if-match': ifMatch }),
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      if (signal.aborted) reject(toOpsError(signal.reason));
      else if (error instanceof OpsError) reject(error);
      else {
        const reason = limited.aborted ? `no answer in ${TIMEOUT / 1000} s` : error instanceof Error ? error.message : String(error);
        reject(
          new OpsError('unreachable', `The proxy's admin API does not answer: ${reason}`, {
            hint: 'Is Caddy running? Its log says more.',
            cause: error,
          }),
        );
      }
    };
    const asked = request({ agent: agentOver(connect), method, path, headers, signal: limited }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', fail);
      answer.on('end', () => {
        // Caddy knows it only when it has told everything.
        const etag = wordOf(answer.headers.etag) ?? wordOf(answer.trailers['etag']);
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), etag });
      });
    });
    asked.on('error', fail);
    asked.end(text);
  });
}
