import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { addToOutbox } from '../../../src/adapters/files/outbox.ts';
import { compressFolder } from '../../../src/adapters/files/evidence-prune.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { recordHash, type EvidenceRecord } from '../../../src/core/evidence/record.ts';
import { build } from '../../../src/runtime/build/build.ts';
import { uploadArtifacts } from '../../../src/runtime/control-plane/artifact-outbox.ts';
import { artifactFiles, artifactLink, fetchArtifact } from '../../../src/runtime/control-plane/artifacts.ts';
import { deliverOutbox } from '../../../src/runtime/control-plane/deliver.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { outboxFolder } from '../../../src/runtime/evidence/seal.ts';
import { fetchEvidence, readableEvidence } from '../../../src/runtime/evidence/stored.ts';
import { syncEvidence } from '../../../src/runtime/evidence/sync.ts';
import { cli, json, startCli } from '../../support/cli.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { delivery } from '../../support/deliveries.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, sampleIn } from '../../support/sample.ts';
import { startProject, type Project } from '../../support/supabase/project.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { opened, type Opened } from '../../support/workspace.ts';

const BUCKET = 'odoo-ops-evidence';
const PIECE = 6 * 1024 * 1024;

/** Puts a sealed record on disk with its logs, and into the outbox. */
async function waits(workspace: Opened, number: number, logs: Record<string, Buffer | string>, extra: Partial<EvidenceRecord> = {}) {
  const record = delivery(number, extra).record;
  const place = `20260101-0800+0800/act-${number}`;
  const folder = join(workspace.evidenceRoot, place);
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const files = Object.entries(logs).map(([name, content]) => {
    writeFileSync(join(folder, 'logs', name), content);
    return { path: `logs/${name}`, sha256: sha256(content), bytes: Buffer.byteLength(content) };
  });
  const unsealed = { ...record, files, hash: null };
  writeFileSync(join(folder, 'record.json'), `${JSON.stringify({ ...unsealed, hash: recordHash(unsealed, sha256) }, null, 2)}\n`);
  await addToOutbox(outboxFolder(workspace), record.id);
  return { id: record.id, folder, place, files };
}

describe('files of evidence that go to Storage', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  let project: Project;
  let url: string;
  let count = 0;
  before(async () => {
    database = await testDatabase();
    url = await database.create();
    await prepareDatabase(url);
    await migrate(connection(url), migrationsFolder());
    project = await startProject({ database: url, backend: 'stand-in', maxSize: 20 * 1024 * 1024 });
    project.objects.addBucket(BUCKET);
  });
  after(async () => {
    await project.stop();
    await database.stop();
  });
  afterEach(() => project.faults.clear());

  const config = (client: string, bucket: string | null) =>
    [
      'control_plane:',
      `  client_id: ${client}`,
      '  supabase:',
      `    url: ${project.url}`,
      `    publishable_key: ${project.anonKey}`,
      ...(bucket === null ? [] : [`    bucket: ${bucket}`]),
      '',
    ].join('\n');

  interface Site {
    root: string;
    origin: string;
    client: string;
    env: Record<string, string>;
    open: (signal?: AbortSignal) => Promise<Opened>;
    /** Writes the configuration again. */
    configure: (bucket: string | null) => void;
  }
  /** A repository of a client of its own, as CI sees it. */
  async function site(bucket: string | null = BUCKET): Promise<Site> {
    const client = `client-${++count}`;
    const { root, origin } = sampleIn(folder());
    const env = { SUPABASE_SERVICE_ROLE_KEY: await project.sign({ role: 'authenticated', client_id: client, ops_role: 'ci' }) };
    const configure = (name: string | null) => writeFileSync(join(root, 'odoo-ops.yml'), config(client, name));
    configure(bucket);
    return { root, origin, client, env, configure, open: (signal) => opened(root, env, signal) };
  }
  const queue = (root: string) => {
    const path = join(root, '.git/odoo-ops/outbox/artifacts');
    return existsSync(path) ? readdirSync(path).filter((name) => name !== 'set-aside') : [];
  };
  const object = (client: string, id: string, path: string) => project.objects.get(BUCKET, `${client}/${id}/${path}`);
  const pathsOf = ({ client }: Site, id: string) =>
    ['', 'logs/'].flatMap((below) =>
      project.objects
        .list(BUCKET, () => true, `${client}/${id}/${below}`)
        .filter((entry) => entry.id !== null)
        .map(({ name }) => `${below}${name}`),
    );

  it('go by themselves after an act, record.json too, and nothing waits', async () => {
    const here = await site();
    const { record } = await build(await here.open(), { revision: 'main', verify: false, output: null });
    assert.deepEqual(pathsOf(here, record.id).sort(), ['record.json', ...record.files.map(({ path }) => path)].sort());
    assert.deepEqual(queue(here.root), []);
    const workspace = await here.open();
    for (const { path } of record.files)
      assert.equal(sha256(await fetchArtifact(workspace, record.id, path)), record.files.find((file) => file.path === path)?.sha256);
    assert.deepEqual(
      (await artifactFiles(workspace, record.id)).map(({ path }) => path).sort(),
      record.files.map(({ path }) => path).sort(),
    );
    // A second delivery changes nothing.
    await addToOutbox(join(outboxFolder(workspace), 'artifacts'), record.id);
    assert.deepEqual(await uploadArtifacts(workspace), { uploaded: 0, waiting: 0, setAside: [] });
  });

  it('stay in the evidence folder where no bucket is configured', async () => {
    const here = await site(null);
    const { record } = await build(await here.open(), { revision: 'main', verify: false, output: null });
    assert.deepEqual(pathsOf(here, record.id), []);
    assert.deepEqual(queue(here.root), []);
    const workspace = await here.open();
    assert.equal((await syncEvidence(workspace)).artifacts, null);
    await rejectsWith(fetchArtifact(workspace, record.id, 'record.json'), 'usage', 'No Storage bucket is configured');
    // With a bucket, a sync brings what was there before.
    here.configure(BUCKET);
    const report = await syncEvidence(await here.open());
    assert.deepEqual(report.artifacts, { uploaded: record.files.length + 1, waiting: 0, setAside: [] });
    assert.deepEqual((await syncEvidence(await here.open())).artifacts, { uploaded: 0, waiting: 0, setAside: [] });
  });

  it('wait for a Storage that is away, and go later; a compressed record too', async () => {
    const here = await site();
    const workspace = await here.open();
    const first = await waits(workspace, 1, { 'act.log': 'one\n', 'empty.log': '' });
    const second = await waits(workspace, 2, { 'act.log': 'two\n' });
    await deliverOutbox(workspace);
    assert.deepEqual(queue(here.root).sort(), [first.id, second.id]);
    project.faults.add({ kind: 'status', status: 503 }, { times: 100, when: ({ path }) => path.startsWith('/storage/') });
    await rejectsWith(uploadArtifacts(workspace), 'unreachable', 'trouble of its own');
    assert.equal(queue(here.root).length, 2);
    project.faults.clear();
    await compressFolder(workspace.evidenceRoot, first.place, first.files);
    assert.ok(!existsSync(join(first.folder, 'logs/act.log')));
    assert.deepEqual(await uploadArtifacts(workspace), { uploaded: 5, waiting: 0, setAside: [] });
    assert.equal((await fetchArtifact(workspace, first.id, 'logs/act.log')).toString(), 'one\n');
    assert.equal((await fetchArtifact(workspace, first.id, 'logs/empty.log')).length, 0);
  });

  it('go on after the process was killed: nothing is sent twice that was there', async () => {
    const here = await site();
    const workspace = await here.open();
    const large = randomBytes(PIECE * 2 + 4000);
    const { id } = await waits(workspace, 1, { 'a-small.log': 'small', 'large.log': large });
    await deliverOutbox(workspace);
    // The second piece gets no answer: the process is killed while it waits for one.
    const isPatch = ({ method, path }: { method: string; path: string }) => method === 'PATCH' && path.startsWith('/storage/');
    project.faults.add({ kind: 'delay', milliseconds: 0 }, { when: isPatch });
    project.faults.add({ kind: 'hang' }, { when: isPatch });
    const running = startCli(here.root, ['evidence', 'sync'], { env: here.env });
    await until('the second piece is on its way', () =>
      project.requests.some(({ fault, method }) => method === 'PATCH' && fault === 'hang'),
    );
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
    assert.deepEqual(queue(here.root), [id]);
    assert.equal(readdirSync(join(here.root, '.git/odoo-ops/uploads')).length, 1);
    assert.deepEqual(pathsOf(here, id), ['logs/a-small.log']);

    const start = project.requests.length;
    const result = await cli(here.root, ['evidence', 'sync'], { env: here.env });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /uploaded 2 files, 0 records wait/);
    const uploads = project.requests.slice(start).filter(({ path }) => path.includes('/upload/resumable'));
    // It asks where it was, sends the two pieces that are missing, and the record.
    assert.deepEqual(
      uploads.map(({ method }) => method),
      ['HEAD', 'PATCH', 'PATCH', 'POST'],
    );
    assert.equal(sha256(await fetchArtifact(workspace, id, 'logs/large.log')), sha256(large));
    assert.deepEqual(readdirSync(join(here.root, '.git/odoo-ops/uploads')), []);
  });

  it('of a clone that was thrown away in the middle are sent by the next sync of another one', async () => {
    const here = await site();
    const { record } = await build(await here.open(), { revision: 'main', verify: false, output: null });
    project.objects.remove(BUCKET, [
      `${here.client}/${record.id}/record.json`,
      `${here.client}/${record.id}/${record.files[0]?.path ?? ''}`,
    ]);
    const other = cloneOf(here.origin, join(folder(), 'other'));
    writeFileSync(join(other, 'odoo-ops.yml'), config(here.client, BUCKET));
    assert.deepEqual((await syncEvidence(await opened(other, here.env))).artifacts, { uploaded: 2, waiting: 0, setAside: [] });
    assert.equal(pathsOf(here, record.id).length, record.files.length + 1);
  });

  it('that Storage does not take are set aside with the reason, and hold up no other', async () => {
    const here = await site();
    const workspace = await here.open();
    const large = await waits(workspace, 1, { 'act.log': 'x', 'large.log': Buffer.alloc(21 * 1024 * 1024) });
    const changed = await waits(workspace, 2, { 'act.log': 'as it was', 'other.log': 'y' });
    const named = await waits(workspace, 3, { 'ünïcode.log': 'z' });
    const gone = await waits(workspace, 4, { 'act.log': 'gone' });
    const taken = await waits(workspace, 5, { 'act.log': 'ours' });
    const good = await waits(workspace, 6, { 'act.log': 'good' });
    await deliverOutbox(workspace);
    appendFileSync(join(changed.folder, 'logs/act.log'), ', and more');
    rmSync(gone.folder, { recursive: true });
    const foreign = { id: 'x', file: join(folder(), 'x'), size: 7, contentType: 'text/plain', createdAt: new Date().toISOString() };
    writeFileSync(foreign.file, 'foreign');
    project.objects.put(BUCKET, `${here.client}/${taken.id}/logs/act.log`, foreign);
    const report = await uploadArtifacts(workspace);
    assert.ok(report);
    assert.equal(report.waiting, 0);
    const why = new Map(report.setAside.map(({ id, reason }) => [id, reason]));
    assert.match(why.get(large.id) ?? '', /large.log is larger than bucket/);
    assert.match(why.get(changed.id) ?? '', /^logs\/act.log was changed since it was sealed\.$/);
    assert.match(why.get(named.id) ?? '', /is no name that Storage takes/);
    assert.match(why.get(gone.id) ?? '', /not in this clone/);
    assert.match(why.get(taken.id) ?? '', /Storage holds another logs\/act.log, of 7 bytes/);
    assert.equal(why.size, 5);
    assert.deepEqual(pathsOf(here, good.id), ['record.json', 'logs/act.log']);
    assert.deepEqual(pathsOf(here, large.id), ['record.json', 'logs/act.log']);
    assert.deepEqual(pathsOf(here, changed.id), ['record.json', 'logs/other.log']);
    // They do not come back by themselves, and do when asked for.
    assert.deepEqual((await syncEvidence(workspace)).artifacts?.uploaded, 0);
    writeFileSync(join(changed.folder, 'logs/act.log'), 'as it was');
    const retried = await cli(here.root, ['evidence', 'sync', '--retry'], { env: here.env });
    assert.match(retried.stdout, /uploaded 1 file, 0 records wait/);
    assert.match(retried.stdout, /! files of 00000000: .*larger than bucket/);
  });

  it('come back as they were, from Storage alone, when the folder is gone', async () => {
    const here = await site();
    const { record, folder: at } = await build(await here.open(), { revision: 'main', verify: false, output: null });
    rmSync(join(here.root, at), { recursive: true });
    const word = record.id.slice(0, 8);
    const shown = await cli(here.root, ['evidence', 'show', word, '--log', 'act.log'], { env: here.env });
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(sha256(shown.stdout), record.files.find(({ path }) => path === 'logs/act.log')?.sha256);
    const { source, record: read } = await readableEvidence(await here.open(), record.id);
    assert.deepEqual([source, read], ['storage', record]);

    const output = join(folder(), 'fetched');
    const fetched = await cli(here.root, ['evidence', 'fetch', word, '--output', output, '--json'], { env: here.env });
    assert.equal(fetched.code, 0, fetched.stderr);
    assert.equal(json(fetched)['folder'], output);
    for (const { path, sha256: hash } of record.files) assert.equal(sha256(readFileSync(join(output, path))), hash);
    assert.deepEqual(JSON.parse(readFileSync(join(output, 'record.json'), 'utf8')), JSON.parse(JSON.stringify(record)));
    // What is there is never written over, and no record is made by hand.
    const again = await cli(here.root, ['evidence', 'fetch', word, '--output', output], { env: here.env });
    assert.deepEqual([again.code, again.stderr.includes('is not empty')], [2, true]);
    for (const place of [at, join(at, 'deeper', 'still'), 'web/docs/evidence']) {
      const inside = await cli(here.root, ['evidence', 'fetch', word, '--output', place], { env: here.env });
      assert.deepEqual([inside.code, inside.stderr.includes('in the evidence folder')], [2, true], inside.stderr);
    }
  });

  it('give the logs of an act that the control plane has removed by age', async () => {
    const here = await site();
    const workspace = await here.open();
    const { id, folder: at } = await waits(workspace, 1, { 'act.log': 'what happened\n', 'other.log': 'more\n' });
    await deliverOutbox(workspace);
    await uploadArtifacts(workspace);
    rmSync(at, { recursive: true });
    const remove = `delete from ops.logs where client_id = '${here.client}'`;
    await database.query(
      url,
      `begin; alter table ops.logs disable trigger keep; ${remove}; alter table ops.logs enable always trigger keep; commit`,
    );
    const one = await cli(here.root, ['logs', id, '--name', 'act.log'], { env: here.env });
    assert.deepEqual([one.code, one.stdout], [0, 'what happened\n'], one.stderr);
    const all = json(await cli(here.root, ['logs', id, '--json'], { env: here.env }));
    assert.deepEqual(all['logs'], { 'act.log': 'what happened\n', 'other.log': 'more\n' });
  });

  it('that were changed in Storage are found by their hash, and not written', async () => {
    const here = await site();
    const workspace = await here.open();
    const { id } = await waits(workspace, 1, { 'act.log': 'it failed\n', 'other.log': 'other\n' });
    await deliverOutbox(workspace);
    await uploadArtifacts(workspace);
    writeFileSync(object(here.client, id, 'logs/act.log')!.file, 'it worked\n');
    await rejectsWith(fetchArtifact(workspace, id, 'logs/act.log'), 'evidence', 'logs/act.log', 'was changed in Storage');
    const output = join(folder(), 'out');
    const error = await rejectsWith(
      fetchEvidence(workspace, id, { output, base: folder() }),
      'evidence',
      '1 of 2 files',
      'was changed in Storage',
    );
    assert.match(error.hint ?? '', /The others are in/);
    assert.deepEqual(readdirSync(join(output, 'logs')), ['other.log']);
    writeFileSync(
      object(here.client, id, 'record.json')!.file,
      readFileSync(object(here.client, id, 'record.json')!.file, 'utf8').replace('Ana', 'Eve'),
    );
    await rejectsWith(fetchArtifact(workspace, id, 'record.json'), 'evidence', 'record.json', 'was changed in Storage');
    await rejectsWith(fetchArtifact(workspace, id, '../../x'), 'usage', 'has no file');
    project.objects.remove(BUCKET, [`${here.client}/${id}/logs/other.log`]);
    await rejectsWith(fetchArtifact(workspace, id, 'logs/other.log'), 'evidence', 'is not in bucket');
  });

  it('have links that hold for a time, for whom the record is', async () => {
    const here = await site();
    const workspace = await here.open();
    const { id } = await waits(workspace, 1, { 'act.log': 'linked\n' });
    await deliverOutbox(workspace);
    await uploadArtifacts(workspace);
    const printed = await cli(here.root, ['evidence', 'link', id.slice(0, 36), 'logs/act.log', '--expires', '1h'], { env: here.env });
    assert.equal(printed.code, 0, printed.stderr);
    const [link = '', expires = ''] = printed.stdout.trim().split('\n');
    assert.equal(await (await fetch(link)).text(), 'linked\n');
    assert.ok(Math.abs(Date.parse(expires.replace('Expires ', '')) - Date.now() - 3_600_000) < 60_000, expires);
    const expired = await artifactLink(workspace, id, 'logs/act.log', -3600);
    assert.equal((await fetch(expired.url)).status, 400);
    const wrong = await cli(here.root, ['evidence', 'link', id, 'logs/act.log', '--expires', 'soon'], { env: here.env });
    assert.equal(wrong.code, 2);
    // Another client does not get as far.
    const stranger = await project.sign({ role: 'authenticated', client_id: 'stranger', ops_role: 'ci' });
    const theirs = await opened(here.root, { SUPABASE_SERVICE_ROLE_KEY: stranger });
    await rejectsWith(artifactLink(theirs, id, 'logs/act.log'), 'evidence', 'is not in bucket');
    await rejectsWith(fetchArtifact(theirs, id, 'logs/act.log'), 'usage', 'has no file');
  });

  it('need a bucket that is there, a client that can be a folder, and a key that holds: each is said', async () => {
    const here = await site('odoo-ops-evidence-none');
    const workspace = await here.open();
    const { id } = await waits(workspace, 1, { 'act.log': 'x' });
    await deliverOutbox(workspace);
    const missing = await rejectsWith(uploadArtifacts(workspace), 'unreachable', 'no bucket odoo-ops-evidence-none');
    assert.match(missing.hint ?? '', /Create it, private/);
    assert.deepEqual(queue(here.root), [id]);
    const forged = await opened(here.root, { SUPABASE_SERVICE_ROLE_KEY: `${here.env['SUPABASE_SERVICE_ROLE_KEY'] ?? ''}x` });
    await rejectsWith(uploadArtifacts(forged), 'unreachable', 'does not take the token');
    writeFileSync(join(here.root, 'odoo-ops.yml'), config('a/b', BUCKET));
    await rejectsWith(uploadArtifacts(await here.open()), 'config', 'cannot be a folder');
    writeFileSync(join(here.root, 'odoo-ops.yml'), config('acme', 'evidence'));
    await rejectsWith(here.open(), 'config', 'odoo-ops-evidence');
  });
});
