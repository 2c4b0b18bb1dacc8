import '../../../support/environment.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { claimName } from '../../../../src/adapters/postgres/environments/claim.ts';
import { databaseServer } from '../../../../src/adapters/postgres/environments/server.ts';
import { isOpsError } from '../../../../src/core/errors.ts';
import { attemptOf, identityOf, PASSWORD } from '../../../support/pr-database.ts';
import { testServer, type TestServer } from '../../../support/postgres.ts';
import { rejectsWith } from '../../../support/rejects.ts';
import { until } from '../../../support/until.ts';

const { signal } = new AbortController();

const hash = (text: string) => createHash('sha256').update(text);
const keyOf = (name: string) => hash(`odoo-ops claim ${name}`).digest().readBigInt64BE().toString();

describe('a claim on a PR environment', function () {
  this.timeout(60_000);
  let server: TestServer;
  const children: ChildProcess[] = [];
  before(async () => {
    server = await testServer(18);
  });
  after(() => server.stop());
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

  const of = (url: string) => databaseServer({ url, timeout: 5000 });
  const codeOf = (fired: AbortSignal) => isOpsError(fired.reason) && fired.reason.code;

  function claimer(number: number) {
    const program = join(import.meta.dirname, '../../../support/claimer.ts');
    const child = spawn(process.execPath, ['--import=tsx', program, server.url, String(number)], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    return { child, says: (line: string) => until(line, () => said.includes(`${line}\n`)) };
  }

  it("is one process's, goes to a newer one at once, and ends with a killed one", async () => {
    const first = claimer(1);
    await first.says('has it');
    const second = claimer(1);
    await Promise.all([first.says('lost: moved'), second.says('has it')]);
    assert.equal(await of(server.url).claim(identityOf(1), { wait: false }, signal), null, 'a sweep does not disturb it');
    second.child.kill('SIGKILL');
    const swept = await until('the claim of the killed process ends', () => of(server.url).claim(identityOf(1), { wait: false }, signal));
    await swept.release();
  });

  it('tells the older one within a second, whichever role of the makers takes it', async () => {
    const older = await of(server.url).claim(identityOf(2), { wait: true }, signal);
    const began = Date.now();
    older!.signal.addEventListener('abort', () => void older!.release());
    const newer = await of(server.maker).claim(identityOf(2), { wait: true }, signal);
    assert.ok(Date.now() - began < 1000, `${Date.now() - began} ms`);
    assert.equal(codeOf(older!.signal), 'moved');
    assert.equal(newer!.signal.aborted, false);
    await newer!.release();
    assert.equal(newer!.signal.aborted, false, 'given back is not lost');
  });

  it("is the newest one's, of many that come at once: all others end", async () => {
    const many = Array.from({ length: 8 }, async () => {
      const claim = await of(server.url).claim(identityOf(3), { wait: true }, signal);
      claim!.signal.addEventListener('abort', () => void claim!.release());
      return claim!;
    });
    const settled = await Promise.allSettled(many);
    const got = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const one of settled) if (one.status === 'rejected') assert.equal(isOpsError(one.reason) && one.reason.code, 'moved');
    await until('one has it', () => got.filter((claim) => !claim.signal.aborted).length === 1);
    const winner = got.find((claim) => !claim.signal.aborted)!;
    assert.equal(await of(server.url).claim(identityOf(3), { wait: false }, signal), null);
    await winner.release();
  });

  it('of other pull requests does not matter', async () => {
    const one = await of(server.url).claim(identityOf(4), { wait: true }, signal);
    const other = await of(server.url).claim(identityOf(5), { wait: true }, signal);
    assert.deepEqual(
      await of(server.maker).claimed(
        [3, 4, 5, 6].map((number) => identityOf(number)),
        signal,
      ),
      new Set([4, 5]),
    );
    assert.deepEqual([one!.signal.aborted, other!.signal.aborted], [false, false]);
    await Promise.all([one!.release(), other!.release()]);
  });

  it('cannot be taken, ended or blocked by an environment', async () => {
    const attempt = attemptOf(6);
    const pr = of(server.url);
    await pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
    const claim = await pr.claim(identityOf(7), { wait: true }, signal);
    const target = new URL(pr.url(attempt.identity, PASSWORD));
    target.pathname = 'postgres';
    const evil = new pg.Client({ connectionString: target.href });
    evil.on('error', () => undefined);
    await evil.connect();
    try {
      const name = identityOf(7).database;
      await evil.query(`notify odoo_ops_claim_${hash(name).digest('hex').slice(0, 16)}, '99999999999999'`);
      await evil.query('select pg_advisory_lock($1)', [keyOf(identityOf(8).database)]);
      const other = await pr.claim(identityOf(8), { wait: true }, signal);
      assert.ok(other);
      await other.release();
      assert.equal(claim!.signal.aborted, false);
    } finally {
      await evil.end().catch(() => undefined);
      await claim!.release();
    }
  });

  it('is lost where its connection breaks, and given up where nobody answers or somebody cancels', async () => {
    const { port } = new URL(server.url);
    const sockets = new Set<Socket>();
    const relay = createServer((socket) => {
      const upstream = dial(Number(port), '127.0.0.1');
      for (const one of [socket, upstream]) sockets.add(one.on('error', () => undefined));
      socket.pipe(upstream).pipe(socket);
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const through = new URL(server.url);
    through.port = String((relay.address() as AddressInfo).port);
    const claim = await of(through.href).claim(identityOf(9), { wait: true }, signal);
    for (const socket of sockets) socket.destroy();
    await until('the claim is lost', () => claim!.signal.aborted);
    assert.equal(codeOf(claim!.signal), 'unreachable');
    relay.close();
    await rejectsWith(of(through.href).claim(identityOf(9), { wait: true }, signal), 'unreachable');

    // One that was told and does not give it back: whoever waits for it waits on.
    const frozen = new pg.Client({ connectionString: server.url });
    await frozen.connect();
    const name = identityOf(10).database;
    await frozen.query(`listen odoo_ops_claim_${hash(name).digest('hex').slice(0, 16)}`);
    await frozen.query('select pg_advisory_lock($1)', [keyOf(name)]);
    const told = once(frozen, 'notification');
    const abort = new AbortController();
    const waiting = of(server.url).claim(identityOf(10), { wait: true }, abort.signal);
    await told;
    abort.abort();
    await rejectsWith(waiting, 'cancelled');
    await frozen.end();
  });

  it('is taken from one that was told and does not end', async () => {
    const options = { url: server.url, timeout: 5000 };
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [keyOf('frozen')]);
    const claim = await claimName(options, 'frozen', { wait: true, patience: 300 }, signal);
    assert.equal(claim!.signal.aborted, false);
    await claim!.release();
    await client.end().catch(() => undefined);
  });
});
