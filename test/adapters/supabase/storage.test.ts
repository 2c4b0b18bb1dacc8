import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { uploadUrl } from '../../../src/adapters/files/upload-url.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { PIECE } from '../../../src/adapters/supabase/resumable.ts';
import { supabaseStorage, type Storage } from '../../../src/adapters/supabase/storage.ts';
import { startGateway, type Gateway } from '../../support/supabase/gateway.ts';
import { startStorage, type StorageService } from '../../support/supabase/storage.ts';
import { signToken, type Claims } from '../../support/supabase/tokens.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';

const SECRET = 's'.repeat(40);
const BUCKET = 'odoo-ops-evidence';
const hour = () => Math.floor(Date.now() / 1000) + 3600;
const sign = (claims: Claims, secret = SECRET) => signToken(secret, { exp: hour(), ...claims });

/** A way to a server that counts what its clients send. */
async function countingWire(to: string): Promise<{ url: string; sent: () => number; close: () => void }> {
  const { port, hostname } = new URL(to);
  let sent = 0;
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const upstream = createConnection(Number(port), hostname);
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('data', (chunk: Buffer) => void (sent += chunk.length));
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: () => sent, close };
}

describe('files of evidence in Supabase Storage', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  let storage: StorageService;
  let gateway: Gateway;
  let [service, acme, other, anon] = ['', '', '', ''];
  before(async () => {
    service = await sign({ role: 'service_role' });
    anon = await sign({ role: 'anon' });
    acme = await sign({ role: 'authenticated', client_id: 'acme', ops_role: 'ci' });
    other = await sign({ role: 'authenticated', client_id: 'other', ops_role: 'ci' });
    storage = await startStorage({ jwtSecret: SECRET, maxSize: 20 * 1024 * 1024 });
    gateway = await startGateway({ services: { storage: storage.upstream }, anonKey: anon, serviceKey: service, jwtSecret: SECRET });
    storage.objects.addBucket(BUCKET);
  });
  after(async () => {
    await gateway.stop();
    await storage.stop();
  });
  afterEach(() => gateway.faults.clear());

  interface Options {
    token?: string | null;
    bucket?: string;
    timeout?: number;
    signal?: AbortSignal;
    url?: string;
  }
  const open = (options: Options = {}): Storage => {
    const { token = acme, bucket = BUCKET, timeout = 5000, signal = new AbortController().signal, url = gateway.url } = options;
    return supabaseStorage({ url, key: anon, token: () => Promise.resolve(token), timeout, signal }, bucket);
  };

  /** A file to be sent, and what of it goes over the wire. */
  function source(bytes: Buffer) {
    const state = folder();
    const file = join(folder(), 'file.bin');
    writeFileSync(file, bytes);
    const progress: number[] = [];
    const url = uploadUrl(join(state, 'uploads'), sha256(bytes));
    const kept = () => (existsSync(join(state, 'uploads')) ? readdirSync(join(state, 'uploads')) : []);
    const given = { file, bytes: bytes.length, contentType: 'text/plain', url, onProgress: (done: number) => void progress.push(done) };
    return { given, progress, kept };
  }
  const stored = (name: string) => readFileSync(storage.objects.get(BUCKET, name)!.file);
  const since = (start: number) =>
    gateway.requests.slice(start).map(({ method, fault }) => (fault === null ? method : `${method} ${fault}`));

  for (const [what, size] of [
    ['nothing', 0],
    ['5 bytes', 5],
    ['exactly one piece', PIECE],
    ['one byte more than a piece', PIECE + 1],
    ['13 MB', 13_000_000],
  ] as const) {
    it(`go there and come back the same: ${what}`, async () => {
      const bytes = randomBytes(size);
      const { given, kept } = source(bytes);
      const name = `acme/sizes/${size}.log`;
      const start = gateway.requests.length;
      await open().upload(name, given);
      assert.equal(sha256(stored(name)), sha256(bytes));
      assert.equal(storage.objects.get(BUCKET, name)?.contentType, 'text/plain');
      assert.ok((await open().download(name, size)).equals(bytes));
      assert.deepEqual(kept(), []);
      // What fits into one piece is one request.
      const pieces = Math.ceil(size / PIECE);
      assert.deepEqual(since(start), ['POST', ...(size > PIECE ? Array<string>(pieces).fill('PATCH') : []), 'GET']);
    });
  }

  it('go on where the connection broke: only the rest is sent', async () => {
    const bytes = randomBytes(PIECE * 3 + 1000);
    const { given, progress } = source(bytes);
    const isPatch = ({ method }: { method: string }) => method === 'PATCH';
    gateway.faults.add({ kind: 'delay', milliseconds: 0 }, { when: isPatch });
    gateway.faults.add({ kind: 'cut-request', bytes: 2_000_000 }, { when: isPatch });
    gateway.faults.add({ kind: 'lose-answer' }, { when: isPatch });
    const start = gateway.requests.length;
    await open().upload('acme/cut.log', given);
    assert.deepEqual(since(start), ['POST', 'PATCH delay', 'PATCH cut-request', 'HEAD', 'PATCH lose-answer', 'HEAD', 'PATCH']);
    assert.equal(sha256(stored('acme/cut.log')), sha256(bytes));
    assert.equal(progress[0], PIECE);
    assert.equal(progress.at(-1), bytes.length);
  });

  it('go on in another process, by the address that is on disk', async () => {
    const bytes = randomBytes(PIECE * 2 + 1000);
    const { given, kept } = source(bytes);
    const gone = new AbortController();
    // The first process ends when Storage has the first piece.
    const first = open({ signal: gone.signal }).upload('acme/killed.log', { ...given, onProgress: () => gone.abort() });
    await rejectsWith(first, 'cancelled');
    assert.equal(kept().length, 1);
    const start = gateway.requests.length;
    const wire = await countingWire(gateway.url);
    await open({ url: wire.url }).upload('acme/killed.log', given);
    wire.close();
    assert.deepEqual(since(start), ['HEAD', 'PATCH', 'PATCH']);
    const rest = bytes.length - PIECE;
    assert.ok(wire.sent() >= rest && wire.sent() < rest + 10_000, `${wire.sent()} bytes for ${rest}`);
    assert.equal(sha256(stored('acme/killed.log')), sha256(bytes));
    assert.deepEqual(kept(), []);
  });

  it('begin anew where Storage has forgotten the upload, or the address on disk is torn', async () => {
    for (const [number, address] of [`${gateway.url}/storage/v1/upload/resumable/${'0'.repeat(32)}`, 'nonsense', ''].entries()) {
      const { given } = source(Buffer.from(`text ${number}`));
      if (address !== '') await given.url.write(address);
      await open().upload(`acme/anew-${number}.log`, given);
      assert.equal(stored(`acme/anew-${number}.log`).toString(), `text ${number}`);
    }
  });

  it('never take our token to another address, whatever stands on disk', async () => {
    const { given } = source(Buffer.from('text'));
    const strangers: string[] = [];
    const stranger = await startGateway({ services: {}, anonKey: 'a', serviceKey: 's', jwtSecret: SECRET });
    await given.url.write(`${stranger.url}/storage/v1/upload/resumable/x`);
    await open().upload('acme/address.log', given);
    strangers.push(...stranger.requests.map(({ path }) => path));
    await stranger.stop();
    assert.deepEqual(strangers, []);
    assert.equal(stored('acme/address.log').toString(), 'text');
  });

  it('that are there already are left alone: the same is fine, another one is refused', async () => {
    await open().upload('acme/twice.log', source(Buffer.from('once')).given);
    await open().upload('acme/twice.log', source(Buffer.from('once')).given);
    const error = await rejectsWith(open().upload('acme/twice.log', source(Buffer.from('another')).given), 'rejected', 'holds another');
    assert.match(error.message, /of 4 bytes, not of 7/);
    assert.equal(stored('acme/twice.log').toString(), 'once');
  });

  it('that arrived although the answer got lost are fine', async () => {
    gateway.faults.add({ kind: 'lose-answer' }, { when: ({ method }) => method === 'POST' });
    await open().upload('acme/lost-answer.log', source(Buffer.from('whole')).given);
    assert.equal(stored('acme/lost-answer.log').toString(), 'whole');
  });

  it('of one name from two processes at once are there once', async () => {
    const bytes = randomBytes(PIECE + 5);
    const { given } = source(bytes);
    await Promise.all([open().upload('acme/both.log', given), open().upload('acme/both.log', source(bytes).given)]);
    assert.equal(sha256(stored('acme/both.log')), sha256(bytes));
  });

  it('wait out a proxy in trouble, and give up on one that stays so', async () => {
    gateway.faults.add({ kind: 'status', status: 503 }, { times: 2 });
    await open().upload('acme/trouble.log', source(Buffer.from('x')).given);
    gateway.faults.add({ kind: 'status', status: 502 }, { times: 100 });
    await rejectsWith(open().upload('acme/more.log', source(Buffer.from('x')).given), 'unreachable', 'trouble of its own (502)');
    await rejectsWith(open().list('acme'), 'unreachable', 'trouble of its own (502)');
  });

  it('do not wait for ever for an answer, and stop when told to', async () => {
    gateway.faults.add({ kind: 'hang' }, { times: 100 });
    const quick = open({ timeout: 150 });
    await rejectsWith(quick.upload('acme/hang.log', source(Buffer.from('x')).given), 'unreachable', 'no answer within');
    await rejectsWith(quick.list('acme'), 'unreachable');
    await rejectsWith(quick.download('acme/hang.log', 1), 'unreachable');
    await rejectsWith(quick.signedLink('acme/hang.log', 60), 'unreachable');
    const stop = new AbortController();
    const stopped = open({ signal: stop.signal });
    const upload = rejectsWith(stopped.upload('acme/hang.log', source(Buffer.from('x')).given), 'cancelled');
    const link = rejectsWith(stopped.signedLink('acme/hang.log', 60), 'cancelled');
    stop.abort();
    await Promise.all([upload, link]);
  });

  it('say what is wrong, and what to do', async () => {
    const { given } = source(Buffer.from('x'));
    const missing = await rejectsWith(open({ bucket: 'odoo-ops-evidence-none' }).upload('acme/x', given), 'unreachable', 'no bucket');
    assert.match(missing.hint ?? '', /insert into storage.buckets/);
    await rejectsWith(open({ bucket: 'odoo-ops-evidence-none' }).list('acme'), 'unreachable', 'no bucket');
    const nobody = await rejectsWith(open({ token: null }).upload('acme/x', given), 'unreachable', 'Nobody is signed in');
    assert.match(nobody.hint ?? '', /Sign In/);
    const theirs = await rejectsWith(open({ token: other }).upload('acme/x', given), 'unreachable', 'does not let this token');
    assert.match(theirs.hint ?? '', /ops_role "ci"/);
    const old = await sign({ role: 'authenticated', client_id: 'acme', exp: hour() - 7200 });
    await rejectsWith(open({ token: old }).upload('acme/x', given), 'unreachable', 'session has expired');
    await rejectsWith(open({ token: old }).list('acme'), 'unreachable', 'session has expired');
    const forged = await sign({ role: 'authenticated', client_id: 'acme' }, 'f'.repeat(40));
    const forgery = open({ token: forged });
    for (const work of [() => forgery.upload('acme/x', given), () => forgery.download('acme/twice.log', 4)]) {
      const error = await rejectsWith(work(), 'unreachable', 'does not take the token');
      assert.ok(!JSON.stringify([error.message, error.hint, error.details]).includes(forged));
    }
    await rejectsWith(open().download('acme/none.log', 1), 'evidence', 'acme/none.log is not in bucket');
    await rejectsWith(open().signedLink('acme/none.log', 60), 'evidence', 'is not in bucket');
    await rejectsWith(open().upload('acme/large.log', source(Buffer.alloc(21 * 1024 * 1024)).given), 'rejected', 'is larger than bucket');
  });

  it('are for their client alone', async () => {
    await open().upload('acme/mine.log', source(Buffer.from('mine')).given);
    const theirs = open({ token: other });
    await rejectsWith(theirs.download('acme/mine.log', 4), 'evidence', 'is not in bucket');
    await rejectsWith(theirs.signedLink('acme/mine.log', 60), 'evidence');
    assert.deepEqual(await theirs.list('acme'), []);
  });

  it('are listed in pages, folders apart from files', async () => {
    for (const name of ['a.log', 'deeper/b.log']) await open().upload(`acme/list/${name}`, source(Buffer.from(name)).given);
    const template = storage.objects.get(BUCKET, 'acme/list/a.log')!;
    for (let number = 0; number < 1500; number++) storage.objects.put(BUCKET, `acme/many/${number}/x`, { ...template, id: String(number) });
    assert.deepEqual(await open().list('acme/list'), [
      { name: 'a.log', bytes: 5 },
      { name: 'deeper', bytes: null },
    ]);
    const many = await open().list('acme/many');
    assert.deepEqual([many.length, new Set(many.map(({ name }) => name)).size], [1500, 1500]);
  });

  it('open by a link for its time', async () => {
    await open().upload('acme/link a.log', source(Buffer.from('linked')).given);
    const link = await open().signedLink('acme/link a.log', 60);
    assert.equal(await (await fetch(link)).text(), 'linked');
    const expired = await open().signedLink('acme/link a.log', -3600);
    assert.equal((await fetch(expired)).status, 400);
  });
});
