import * as z from 'zod';
import type { Visit } from './proxy.ts';

const lineSchema = z.object({
  ts: z.number(),
  status: z.int(),
  request: z.object({ host: z.string(), uri: z.string().default('') }),
});

/** Refused at the door: nobody came in. */
const REFUSED = [401, 403, 407];

/** What pages that stand open and monitors ask for without a person: an environment would never sleep, or wake at once. */
const BY_ITSELF = /^\/(?:web\/health|websocket|longpolling|bus)(?:$|[/?])/;

/** A line of Caddy's access log as a visit; null for what was refused at the door, and for any other line. */
export function visitOf(line: string): Visit | null {
  if (!line.startsWith('{') || !line.includes('"request"')) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success || REFUSED.includes(parsed.data.status) || BY_ITSELF.test(parsed.data.request.uri)) return null;
  const host = parsed.data.request.host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  return { host, at: new Date(parsed.data.ts * 1000), unserved: parsed.data.status === 503 };
}
