import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { parseAnswer } from '../../core/control-plane/answer.ts';
import { backOff } from '../../core/control-plane/back-off.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import { createOpsClient, type OpsClient, type SupabaseOptions } from './client.ts';
import { isPassing, restError, type Failure } from './errors.ts';
import { restQuery } from './query.ts';

/** Milliseconds between tries. All that we call may be called twice. */
const BACK_OFF = { base: 250, factor: 2, max: 2000 };
const TRIES = 5;
/** Bytes a millisecond that a slow line carries: what is large may take longer. */
const SLOW_LINE = 50;

interface Answer {
  data: unknown;
  error: { message: string; code?: string; details?: string | null } | null;
  status: number;
}

function failureOf({ error, status }: Answer): Failure | null {
  if (!error) return null;
  // Of a connection that broke, the reason stands in the details: "fetch failed" tells nobody anything.
  const reason = status === 0 ? /Caused by: \w*: (.+)/.exec(error.details ?? '')?.[1] : undefined;
  return { status, code: error.code ?? '', message: reason ?? error.message };
}

/** The control plane behind Supabase's API. @throws OpsError as the port says */
export function supabaseControlPlane(options: SupabaseOptions, clientId: string): ControlPlane {
  const { signal } = options;
  const project = new URL(options.url).host;
  let client: Promise<OpsClient> | undefined;

  /** Asks until there is an answer, or the time of the call is over. */
  const ask = async (
    what: string,
    request: (client: OpsClient, signal: AbortSignal) => PromiseLike<Answer>,
    bytes = 0,
  ): Promise<unknown> => {
    const timeout = options.timeout + bytes / SLOW_LINE;
    const limit = AbortSignal.timeout(Math.ceil(timeout));
    const either = AbortSignal.any([signal, limit]);
    const [isAborted, isOver] = [() => signal.aborted, () => either.aborted]; // asked again after each wait
    const failures: Failure[] = [];
    let anonymous = false;
    for (let attempt = 1; !isOver(); attempt++) {
      // A session that cannot be refreshed is for its owner to tell.
      anonymous = (await options.token()) === null;
      const answer = await request(await (client ??= createOpsClient(options)), either).then(undefined, networkFailure);
      const failed = failureOf(answer);
      if (!failed) return answer.data;
      // What the end of our time did to the request says nothing of Supabase.
      if (!isOver()) failures.push(failed);
      if (!isPassing(failed) || attempt === TRIES) break;
      await sleep(backOff(attempt, Math.random(), BACK_OFF), undefined, { signal: either }).catch(() => undefined);
    }
    if (isAborted()) throw toOpsError(signal.reason);
    // What was said tells more than a connection that broke.
    const failure = failures.findLast(({ status }) => status !== 0) ?? failures.at(-1);
    if (!failure)
      throw new OpsError('unreachable', `Supabase at ${project} did not answer ${what} within ${Math.round(timeout / 1000)} s.`, {
        hint: 'Records wait on disk; `odoo-ops evidence sync` delivers them later.',
      });
    throw restError(failure, project, anonymous);
  };

  return {
    kind: 'supabase',
    clientId,
    select: async (query) =>
      parseAnswer(
        z.array(query.row),
        await ask(query.table, (open, until) => restQuery(open, query, clientId).retry(false).abortSignal(until)),
        query.table,
      ),
    call: async ({ name, arguments: given, result }) => {
      const bytes = JSON.stringify(given).length;
      return parseAnswer(result, await ask(name, (open, until) => open.rpc(name, given).retry(false).abortSignal(until), bytes), name);
    },
  };
}

/** supabase-js answers most trouble as a value; what it throws all the same is trouble on the way. */
function networkFailure(error: unknown): Answer {
  return { data: null, error: { message: error instanceof Error ? error.message : String(error) }, status: 0 };
}
