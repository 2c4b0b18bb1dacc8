import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { compareApi, connect } from '../../../src/adapters/docker/connect.ts';
import { describe as describeEngine } from '../../../src/adapters/docker/describe.ts';
import { isOpsError } from '../../../src/core/errors.ts';
import { listen } from '../../support/docker/host.ts';
import { needsDocker } from '../../support/docker/skip.ts';
import { temporaryFolders } from '../../support/temp.ts';

const { signal } = new AbortController();
const SOCKET = '/var/run/docker.sock';

const passed = new Set<Socket>();

function passOn(socket: Socket): void {
  passed.add(socket);
  const there = connectSocket(SOCKET);
  for (const one of [socket, there]) one.on('error', () => (socket.destroy(), there.destroy()));
  socket.pipe(there).pipe(socket);
}

describe('no engine', () => {
  const folder = temporaryFolders();
  const refused = (environment: Record<string, string>, message: RegExp, hint: RegExp) =>
    assert.rejects(connect(environment, signal, folder()), (error) => {
      assert.ok(isOpsError(error, 'unreachable'), String(error));
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      return true;
    });

  it('is said with all that was tried, and how to mend it', async () => {
    await refused(
      { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
      /unix:\/\/\/nowhere\/docker\.sock \(DOCKER_HOST\).*ENOENT/,
      /Start Docker/,
    );
    await refused({ DOCKER_HOST: 'tcp://127.0.0.1:1' }, /ECONNREFUSED/, /Start Docker/);
    await refused({ DOCKER_HOST: 'ssh://nobody@host.invalid' }, /ssh/, /ssh/);
  });

  it('is told from one that listens and is none', async () => {
    const server = await listen((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'), '127.0.0.1');
    await refused({ DOCKER_HOST: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` }, /Version/, /./);
    server.close();
  });

  it('is said where it is too old', async () => {
    const body = JSON.stringify({ Version: '18.09', ApiVersion: '1.39', MinAPIVersion: '1.12' });
    const server = await listen(
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
      '127.0.0.1',
    );
    const environment = { DOCKER_HOST: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` };
    await assert.rejects(connect(environment, signal), /too old: API 1\.39/);
    server.close();
  });

  it('is a permission where the socket lets nobody in', async function () {
    if (process.getuid?.() === 0) this.skip(); // root is let in everywhere
    const path = join(folder(), 'docker.sock');
    const server = (await listen(() => undefined)).close();
    server.listen(path);
    chmodSync(path, 0);
    await refused({ DOCKER_HOST: `unix://${path}` }, /EACCES/, /group docker/);
    server.close();
  });

  it('compares versions as numbers', () => {
    assert.ok(compareApi('1.9', '1.41') < 0);
    assert.ok(compareApi('1.41', '1.41') === 0);
    assert.ok(compareApi('2.0', '1.51') > 0);
  });
});

describe('a real engine is reached', function () {
  this.timeout(60_000);
  needsDocker();
  const folder = temporaryFolders();
  const servers: Server[] = [];
  before(function () {
    if (!existsSync(SOCKET)) this.skip();
  });
  after(() => {
    for (const server of servers) server.close();
    for (const socket of passed) socket.destroy();
  });

  it('by its socket, with a version that both know, and says what it can', async () => {
    const connection = await connect({ DOCKER_HOST: `unix://${SOCKET}` }, signal);
    assert.ok(compareApi(connection.api, '1.41') >= 0);
    assert.equal(connection.local, true);
    const description = await describeEngine(connection, signal);
    assert.match(description.title, new RegExp(`(?:Docker Engine|Podman) .* at unix://${SOCKET}`));
    if (connection.product === 'docker') assert.ok(!description.lacks.includes('egress-lock'));
  });

  it('by TLS with certificates, and not by a certificate that nobody vouches for', async function () {
    if (spawnSync('openssl', ['version']).status !== 0) this.skip();
    const certificates = folder();
    const at = (name: string) => join(certificates, name);
    const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'ignore' });
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=authority',
      '-keyout',
      at('ca-key.pem'),
      '-out',
      at('ca.pem'),
    );
    writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1');
    for (const name of ['server', '']) {
      const prefix = name === '' ? '' : `${name}-`;
      openssl(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        `/CN=${name || 'client'}`,
        '-keyout',
        at(`${prefix}key.pem`),
        '-out',
        at('request.pem'),
      );
      openssl(
        'x509',
        '-req',
        '-in',
        at('request.pem'),
        '-CA',
        at('ca.pem'),
        '-CAkey',
        at('ca-key.pem'),
        '-CAcreateserial',
        '-days',
        '1',
        '-extfile',
        at('names'),
        '-out',
        at(`${prefix}cert.pem`),
      );
    }
    const read = (name: string) => readFileSync(at(name));
    const server = createServer(
      { cert: read('server-cert.pem'), key: read('server-key.pem'), ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true },
      passOn,
    );
    servers.push(server.listen(0, '127.0.0.1'));
    await new Promise((resolve) => server.once('listening', resolve));
    const DOCKER_HOST = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { docker, address } = await connect({ DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates }, signal);
    assert.equal(address, DOCKER_HOST);
    assert.ok(Array.isArray(await docker.listContainers()));
    await assert.rejects(connect({ DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder() }, signal), (error) => {
      assert.ok(isOpsError(error, 'unreachable'));
      assert.match(error.hint ?? '', /DOCKER_CERT_PATH/);
      return true;
    });
  });

  it("by the person's own ssh, which runs docker's dial-stdio there", async () => {
    const programs = folder();
    // Stands for ssh and for the docker command there: says its arguments, and is the connection to the engine.
    const program = `#!${process.execPath}
require('node:fs').appendFileSync(${JSON.stringify(join(programs, 'said'))}, JSON.stringify(process.argv.slice(2)) + '\\n');
const there = require('node:net').connect(${JSON.stringify(SOCKET)});
process.stdin.pipe(there).pipe(process.stdout);
`;
    writeFileSync(join(programs, 'ssh'), program, { mode: 0o755 });
    const path = process.env['PATH'];
    process.env['PATH'] = `${programs}:${path ?? ''}`;
    try {
      const { docker, local } = await connect({ DOCKER_HOST: 'ssh://me@far.example:2222' }, signal);
      assert.equal(local, false);
      assert.ok(Array.isArray(await docker.listContainers()));
      const said = readFileSync(join(programs, 'said'), 'utf8').split('\n')[0] ?? '';
      assert.deepEqual(JSON.parse(said), [
        '-o',
        'ConnectTimeout=30',
        '-o',
        'BatchMode=yes',
        '-T',
        '-p',
        '2222',
        '-l',
        'me',
        '--',
        'far.example',
        'docker system dial-stdio',
      ]);
    } finally {
      process.env['PATH'] = path;
    }
  });
});
