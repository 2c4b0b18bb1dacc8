import type { IncomingMessage } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Gateway } from './gateway.ts';
import { openRows, type Wanted } from './realtime-rows.ts';
import { verifyToken, type Claims } from './tokens.ts';

/**
 * A stand-in for the part of Supabase Realtime that the Activity view needs: Phoenix channels (serializer 2.0.0) with `postgres_changes`
 * for INSERT, over the rows of the real database. Its limits: it looks for new rows every 50 ms where Supabase reads the WAL; a filter is
 * `column=eq.value`; rows have a column `id` by which it knows them; no broadcast, presence, UPDATE or DELETE. Like the real one it takes
 * only tables of the publication `supabase_realtime`, asks for each row under row-level security with the claims of the subscriber, and
 * ends a channel whose token has expired.
 */
export interface RealtimeOptions {
  gateway: Pick<Gateway, 'onUpgrade'>;
  database: string;
  jwtSecret: string;
  anonKey: string;
}

export interface Realtime {
  /** Open channels. */
  channels: () => number;
  /** Cuts all connections, as a restart does. */
  cut: () => void;
  /** From now on answers nobody, or again. */
  away: (is: boolean) => void;
  stop: () => Promise<void>;
}

interface Channel {
  socket: WebSocket;
  topic: string;
  joinRef: string | null;
  claims: Claims;
  wanted: (Wanted & { id: number })[];
}
type Message = [joinRef: string | null, ref: string | null, topic: string, event: string, payload: Record<string, unknown>];

const LOOK_MS = 50;

export async function startRealtime({ gateway, database, jwtSecret, anonKey }: RealtimeOptions): Promise<Realtime> {
  const server = new WebSocketServer({ noServer: true });
  const channels = new Set<Channel>();
  const seen = new Map<string, Set<string>>();
  const { published, idsOf, visible, close } = await openRows(database);
  let isAway = false;
  let nextId = 1;
  let stopped = false;

  const send = (socket: WebSocket, ...message: Message) => socket.send(JSON.stringify(message));
  const system = ({ socket, topic, joinRef }: Channel, status: 'ok' | 'error', message: string) =>
    send(socket, joinRef, null, topic, 'system', { channel: topic, extension: 'postgres_changes', status, message });

  async function look(): Promise<void> {
    const tables = new Map([...channels].flatMap(({ wanted }) => wanted.map((each) => [`${each.schema}.${each.table}`, each] as const)));
    for (const [name, each] of tables) {
      const known = seen.get(name);
      const ids = await idsOf(each);
      seen.set(name, new Set(ids));
      for (const id of known ? ids.filter((one) => !known.has(one)) : []) {
        for (const channel of [...channels]) {
          for (const want of channel.wanted.filter((one) => `${one.schema}.${one.table}` === name)) {
            const record = await visible(want, channel.claims, id);
            if (!record || channel.socket.readyState !== channel.socket.OPEN) continue;
            const data = {
              schema: want.schema,
              table: want.table,
              type: 'INSERT',
              commit_timestamp: new Date().toISOString(),
              columns: [],
              record,
              errors: null,
            };
            send(channel.socket, channel.joinRef, null, channel.topic, 'postgres_changes', { ids: [want.id], data });
          }
        }
      }
    }
    for (const channel of [...channels]) {
      if ((channel.claims.exp ?? Infinity) > Date.now() / 1000) continue;
      system(channel, 'error', 'Token has expired');
      send(channel.socket, channel.joinRef, null, channel.topic, 'phx_close', {});
      channels.delete(channel);
    }
  }

  async function join(socket: WebSocket, [joinRef, ref, topic, , payload]: Message): Promise<void> {
    const reply = (status: string, response: unknown) => send(socket, joinRef, ref, topic, 'phx_reply', { status, response });
    let claims: Claims;
    try {
      claims = await verifyToken(jwtSecret, (payload['access_token'] as string | undefined) ?? anonKey);
    } catch {
      reply('error', { reason: 'InvalidJWTToken: token is expired or not signed by this project' });
      return;
    }
    const { postgres_changes: changes = [] } = payload['config'] as { postgres_changes?: Wanted[] };
    const wanted = changes.map((each) => ({ ...each, id: nextId++ }));
    for (const each of wanted) {
      const name = `${each.schema}.${each.table}`;
      // Only from now on, also where nobody has listened for a while.
      const followed = [...channels].some(({ wanted: theirs }) => theirs.some((one) => `${one.schema}.${one.table}` === name));
      if (!followed && (await published(each))) seen.set(name, new Set(await idsOf(each)));
    }
    const channel = { socket, topic, joinRef, claims, wanted };
    reply('ok', { postgres_changes: wanted });
    for (const each of wanted) {
      if (await published(each)) continue;
      system(channel, 'error', 'Unable to subscribe to changes with given parameters. Please check Realtime is enabled.');
      return;
    }
    channels.add(channel);
    system(channel, 'ok', 'Subscribed to PostgreSQL');
  }

  async function handle(socket: WebSocket, message: Message): Promise<void> {
    const [joinRef, ref, topic, event, payload] = message;
    const channel = [...channels].find((each) => each.socket === socket && each.topic === topic);
    if (event === 'phx_join') return join(socket, message);
    if (event === 'access_token' && channel) {
      channel.claims = await verifyToken(jwtSecret, String(payload['access_token'])).catch(() => ({ ...channel.claims, exp: 0 }));
      return;
    }
    if (event === 'phx_leave' && channel) channels.delete(channel);
    if (event === 'heartbeat' || event === 'phx_leave') send(socket, joinRef, ref, topic, 'phx_reply', { status: 'ok', response: {} });
  }

  // One at a time: they share a connection to the database.
  let work = Promise.resolve();
  const queue = (task: () => Promise<void>) =>
    (work = work.then(() => (stopped ? undefined : task())).catch((error: unknown) => console.error(error)));
  const timer = setInterval(() => void queue(look), LOOK_MS);

  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data: Buffer) => void queue(() => handle(socket, JSON.parse(data.toString()) as Message)));
    socket.on('close', () => {
      for (const channel of channels) if (channel.socket === socket) channels.delete(channel);
    });
  });
  gateway.onUpgrade((request: IncomingMessage, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://realtime');
    const isOurs =
      url.pathname === '/realtime/v1/websocket' && url.searchParams.get('apikey') === anonKey && url.searchParams.get('vsn') === '2.0.0';
    if (isAway || !isOurs) {
      socket.end(`HTTP/1.1 ${isAway ? '503 Service Unavailable' : '403 Forbidden'}\r\nConnection: close\r\n\r\n`);
      return;
    }
    server.handleUpgrade(request, socket, head, (open) => server.emit('connection', open, request));
  });

  const cut = () => {
    for (const socket of server.clients) socket.terminate();
  };
  return {
    channels: () => channels.size,
    cut,
    away: (is) => void (isAway = is),
    stop: async () => {
      clearInterval(timer);
      cut();
      await queue(() => Promise.resolve());
      stopped = true;
      server.close();
      await close();
    },
  };
}
