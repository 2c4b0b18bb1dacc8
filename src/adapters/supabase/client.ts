import type { createClient } from '@supabase/supabase-js';

export interface SupabaseOptions {
  /** URL of the project. */
  url: string;
  /** The publishable key, or the service key: it opens the gateway. */
  key: string;
  /** What says who asks: a person's access token, the service key, or a token for CI. Null for nobody. Asked before each request. */
  token: () => Promise<string | null>;
  /** Milliseconds for one call, with all of its tries. */
  timeout: number;
  signal: AbortSignal;
}

// `createClient` wants a WebSocket at once, and Node 20 has none. What needs it (Realtime) makes a client of its own.
export function noWebSocket(): never {
  throw new Error('This client has no Realtime.');
}

interface AnyTable {
  Row: Record<string, unknown>;
  Insert: Record<string, unknown>;
  Update: Record<string, unknown>;
  Relationships: [];
}

/** What the client may assume of the schema: nothing. Each answer is parsed where it enters. */
interface Database {
  ops: {
    Tables: Record<string, AnyTable>;
    Views: Record<string, never>;
    Functions: Record<string, { Args: Record<string, unknown>; Returns: unknown }>;
  };
}

export type OpsClient = ReturnType<typeof createClient<Database, 'ops'>>;

/** A client of schema `ops` that keeps nothing: no session, no timer, no socket. */
export async function createOpsClient({ url, key, token }: Pick<SupabaseOptions, 'url' | 'key' | 'token'>): Promise<OpsClient> {
  const supabase = await import('./sdk.ts');
  return supabase.createClient<Database, 'ops'>(url, key, {
    db: { schema: 'ops' },
    accessToken: token,
    realtime: { transport: noWebSocket as never },
  });
}
