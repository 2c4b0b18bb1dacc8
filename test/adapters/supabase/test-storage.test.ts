import { StorageClient } from '@supabase/storage-js';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Upload, type DetailedError } from 'tus-js-client';
import { createFaults } from '../../support/supabase/faults.ts';
import { startGateway, type Gateway } from '../../support/supabase/gateway.ts';
import { startStorage, type StorageService } from '../../support/supabase/storage.ts';
import { PIECE } from '../../support/supabase/storage-uploads.ts';
import { signToken, type Claims } from '../../support/supabase/tokens.ts';

const SECRET = 's'.repeat(40);
const hour = () => Math.floor(Date.now() / 1000) + 3600;
const sign = (claims: Claims) => signToken(SECRET, { exp: hour(), ...claims });
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

describe('the test Supabase’s storage', () => {
  let storage: StorageService;
  let gateway: Gateway;
  let [service, acme, other, anon] = ['', '', '', ''];
  before(async () => {
    service = await sign({ role: 'service_role' });
    anon = await sign({ role: 'anon' });
    acme = await sign({ role: 'authenticated', client_id: 'acme' });
    other = await sign({ role: 'authenticated', client_id: 'other' });
    storage = await startStorage({ jwtSecret: SECRET, maxSize: 20 * 1024 * 1024 });
    gateway = await startGateway({ services: { storage: storage.upstream }, anonKey: anon, serviceKey: service, jwtSecret: SECRET });
    assert.equal((await clientOf(service).createBucket('evidence')).error, null);
  });
  after(async () => {
    await gateway.stop();
    await storage.stop();
  });
  afterEach(() => gateway.faults.clear());

  const clientOf = (token: string) => new StorageClient(`${gateway.url}/storage/v1`, { apikey: anon, authorization: `Bearer ${token}` });

  interface Options {
    token?: string;
    chunkSize?: number;
    upsert?: boolean;
    retries?: number[];
  }
  const upload = (name: string, data: Buffer, { token = acme, chunkSize = PIECE, upsert = false, retries = [] }: Options = {}) =>
    new Promise<void>((resolve, reject) => {
      new Upload(data, {
        endpoint: `${gateway.url}/storage/v1/upload/resumable`,
        headers: { authorization: `Bearer ${token}`, ...(upsert ? { 'x-upsert': 'true' } : {}) },
        metadata: { bucketName: 'evidence', objectName: name, contentType: 'application/x-tar' },
        chunkSize,
        retryDelays: retries,
        uploadDataDuringCreation: true,
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    });
  const refusedWith = (status: number) => (error: unknown) => {
    assert.equal((error as DetailedError).originalResponse?.getStatus(), status, String(error));
    return true;
  };

  it('takes an upload in pieces, and gives it back the same', async () => {
    const data = randomBytes(PIECE * 2 + 1000);
    await upload('acme/builds/one.tar', data);
    const { data: back } = await clientOf(acme).from('evidence').download('acme/builds/one.tar');
    assert.equal(sha256(Buffer.from(await back!.arrayBuffer())), sha256(data));
    assert.equal(back!.type, 'application/x-tar');
  });

  it('goes on where a connection broke', async () => {
    const data = randomBytes(PIECE * 3 + 5000);
    const isPatch = ({ method }: { method: string }) => method === 'PATCH';
    gateway.faults.add({ kind: 'cut-request', bytes: 3_000_000 }, { when: isPatch });
    gateway.faults.add({ kind: 'lose-answer' }, { when: isPatch });
    const before = gateway.requests.length;
    await upload('acme/builds/two.tar', data, { retries: [0, 0, 0] });
    assert.deepEqual(
      gateway.requests.slice(before).map(({ method, fault }) => (fault === null ? method : `${method} ${fault}`)),
      ['POST', 'PATCH cut-request', 'HEAD', 'PATCH lose-answer', 'HEAD', 'PATCH'],
    );
    const { data: back } = await clientOf(service).from('evidence').download('acme/builds/two.tar');
    assert.equal(sha256(Buffer.from(await back!.arrayBuffer())), sha256(data));
  });

  it('says that the object exists when the last answer got lost', async () => {
    gateway.faults.add({ kind: 'lose-answer' }, { when: ({ method }) => method === 'POST' });
    await assert.rejects(upload('acme/lost.tar', Buffer.from('whole'), { retries: [0] }), refusedWith(409));
    assert.equal(await (await clientOf(acme).from('evidence').download('acme/lost.tar')).data!.text(), 'whole');
  });

  it('takes pieces of 6 MiB only, and objects that are not too large', async () => {
    await assert.rejects(upload('acme/small-pieces.tar', randomBytes(PIECE), { chunkSize: 1024 * 1024 }), refusedWith(400));
    await assert.rejects(upload('acme/large.tar', Buffer.alloc(21 * 1024 * 1024)), refusedWith(413));
  });

  it('replaces an object only when told to', async () => {
    await upload('acme/again.tar', Buffer.from('first'));
    await assert.rejects(upload('acme/again.tar', Buffer.from('second')), refusedWith(409));
    await upload('acme/again.tar', Buffer.from('second'), { upsert: true });
    const { data } = await clientOf(acme).from('evidence').download('acme/again.tar');
    assert.equal(await data!.text(), 'second');
  });

  it('keeps clients apart, and strangers out', async () => {
    await upload('acme/private.tar', Buffer.from('private'));
    await assert.rejects(upload('acme/theirs.tar', Buffer.from('x'), { token: other }), refusedWith(403));
    await assert.rejects(upload('acme/theirs.tar', Buffer.from('x'), { token: anon }), refusedWith(403));
    await assert.rejects(
      upload('acme/theirs.tar', Buffer.from('x'), { token: await sign({ role: 'service_role', exp: hour() - 7200 }) }),
      refusedWith(403),
    );
    const theirs = clientOf(other).from('evidence');
    assert.equal((await theirs.download('acme/private.tar')).error?.name, 'StorageApiError');
    assert.match((await theirs.createSignedUrl('acme/private.tar', 60)).error!.message, /not found/);
    assert.deepEqual((await theirs.list('acme')).data, []);
    assert.deepEqual((await theirs.remove(['acme/private.tar'])).data, []);
    assert.equal((await clientOf(acme).from('evidence').download('acme/private.tar')).error, null);
  });

  it('signs links that hold for their object and their time', async () => {
    await upload('acme/linked file.tar', Buffer.from('linked'));
    const files = clientOf(acme).from('evidence');
    const { data } = await files.createSignedUrl('acme/linked file.tar', 60);
    assert.equal(await (await fetch(data!.signedUrl)).text(), 'linked');
    assert.equal((await fetch(data!.signedUrl.replace('linked%20file', 'private'))).status, 400);
    const { data: old } = await files.createSignedUrl('acme/linked file.tar', -3600);
    const answer = await fetch(old!.signedUrl);
    assert.deepEqual([answer.status, ((await answer.json()) as { error: string }).error], [400, 'InvalidJWT']);
  });

  it('lists folders and files, and removes what it is told to', async () => {
    await upload('acme/list/a.tar', Buffer.from('a'));
    await upload('acme/list/deeper/b.tar', Buffer.from('bb'));
    const files = clientOf(acme).from('evidence');
    const { data } = await files.list('acme/list');
    assert.deepEqual(
      data!.map(({ name, id, metadata }) => [name, id !== null, (metadata as { size?: number } | null)?.size]),
      [
        ['a.tar', true, 1],
        ['deeper', false, undefined],
      ],
    );
    assert.equal((await files.remove(['acme/list/a.tar', 'acme/list/none'])).data?.length, 1);
    assert.match((await files.download('acme/list/a.tar')).error!.message, /not found|\{\}/i);
  });

  it('has buckets for the service alone', async () => {
    assert.equal((await clientOf(service).getBucket('evidence')).data?.name, 'evidence');
    assert.match((await clientOf(service).createBucket('evidence')).error!.message, /already exists/);
    assert.match((await clientOf(acme).createBucket('mine')).error!.message, /row-level security/);
    assert.match((await clientOf(service).getBucket('none')).error!.message, /not found/);
  });
});

describe('faults on demand', () => {
  it('hit the requests that they are for, as often as told, in the order in which they were added', () => {
    const faults = createFaults();
    const take = (url: string) => faults.take({ method: 'GET', url })?.kind;
    faults.add({ kind: 'drop' }, { times: 2, when: ({ path }) => path === '/a' });
    faults.add({ kind: 'hang' });
    assert.deepEqual([take('/a'), take('/b'), take('/b'), take('/a'), take('/a')], ['drop', 'hang', undefined, 'drop', undefined]);
    assert.equal(faults.hits(), 3);
  });
});
