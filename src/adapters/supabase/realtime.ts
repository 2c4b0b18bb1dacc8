import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { backOff, type BackOff } from '../../core/control-plane/back-off.ts';
import type { SupabaseOptions } from './client.ts';

/** Milliseconds between tries: where Realtime is not there at all, little is lost by asking seldom. */
const BACK_OFF: BackOff = { base: 1000, factor: 3, max: 300_000 };

/** `live`: an insert is told at once. `polling`: it is not, and whoever wants to know has to ask. */
export type FollowState = 'live' | 'polling';

export interface Followers {
  /** There is a new record of the client, or one may have come while nobody listened. */
  onChange: () => void;
  onState: (state: FollowState) => void;
}

export interface FollowTimes {
  backOff?: BackOff;
  /** Milliseconds between signs of life; with each the token is looked after. */
  heartbeat?: number;
}

/** What the server says of its subscription to the database, some time after it has let us in. */
const systemMessage = z.object({ extension: z.string(), status: z.string() });

/**
 * Listens for new evidence of a client through Supabase Realtime until the signal fires: row-level security decides on each row by the
 * token, as everywhere. Where Realtime is off, refuses, or goes away it says so, and comes back by itself.
 */
export async function followEvidence(
  options: Omit<SupabaseOptions, 'timeout'>,
  clientId: string,
  { onChange, onState }: Followers,
  { backOff: times = BACK_OFF, heartbeat = 25_000 }: FollowTimes = {},
): Promise<void> {
  const { signal } = options;
  const isAborted = () => signal.aborted;
  onState('polling');
  for (let attempt = 1; !isAborted(); attempt++) {
    const wasLive = await listen(
      options,
      clientId,
      heartbeat,
      () => {
        onState('live');
        onChange();
      },
      onChange,
    ).catch(() => false);
    if (isAborted()) return;
    if (wasLive) {
      onState('polling');
      attempt = 1;
    }
    await sleep(backOff(attempt, Math.random(), times), undefined, { signal }).catch(() => undefined);
  }
}

/** One connection, until it ends. @returns whether it was live */
async function listen(
  { url, key, token, signal }: Omit<SupabaseOptions, 'timeout'>,
  clientId: string,
  heartbeatIntervalMs: number,
  onLive: () => void,
  onChange: () => void,
): Promise<boolean> {
  // Nobody is signed in: the key alone would be let in, and hear nothing.
  if ((await token()) === null) return false;
  const { createClient, WebSocket } = await import('./sdk.ts');
  const { realtime } = createClient(url, key, {
    accessToken: token,
    realtime: { transport: WebSocket as never, heartbeatIntervalMs },
  });
  let live = false;
  const over = new AbortController();
  try {
    await realtime.setAuth();
    await new Promise<void>((end) => {
      signal.addEventListener('abort', () => end(), { once: true, signal: over.signal });
      if (signal.aborted) end();
      realtime
        .channel(`evidence:${clientId}`)
        // A comma or a quote in the name of a client would be read as more conditions; the policies leave only its own rows in any case.
        .on('postgres_changes', { event: 'INSERT', schema: 'ops', table: 'evidence', ...filterOf(clientId) }, onChange)
        .on('system', {}, (message) => {
          const { extension, status } = systemMessage.catch({ extension: '', status: 'error' }).parse(message);
          if (status !== 'ok') end();
          else if (extension === 'postgres_changes' && !live) {
            live = true;
            onLive();
          }
        })
        .subscribe((status) => {
          if ((status as string) !== 'SUBSCRIBED') end();
        });
    });
    return live;
  } finally {
    over.abort();
    await realtime.removeAllChannels();
  }
}

const filterOf = (clientId: string): { filter?: string } => (/^[\w.-]+$/.test(clientId) ? { filter: `client_id=eq.${clientId}` } : {});
