import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpoints } from '../../../src/adapters/docker/endpoints.ts';
import { isOpsError } from '../../../src/core/errors.ts';
import { temporaryFolders } from '../../support/temp.ts';

/** A home with Docker's own files, as `docker context create` writes them. */
function writeContext(home: string, name: string, docker: object, files: Record<string, string> = {}): void {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker/contexts/meta', id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }));
  for (const [file, text] of Object.entries(files)) {
    const folder = join(home, '.docker/contexts/tls', id, 'docker');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

describe('where the engine is looked for', () => {
  const folder = temporaryFolders();

  it('is where DOCKER_HOST says, whatever the context', async () => {
    const home = folder();
    writeContext(home, 'far', { Host: 'ssh://me@far' });
    const found = await endpoints({ DOCKER_HOST: 'unix:///run/mine.sock', DOCKER_CONTEXT: 'far' }, home);
    assert.deepEqual(found, [{ address: 'unix:///run/mine.sock', origin: 'DOCKER_HOST', tls: null }]);
  });

  it('takes a host without a scheme for tcp, with the certificates of DOCKER_CERT_PATH', async () => {
    const certificates = folder();
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(certificates, `${name}.pem`), name);
    const [found] = await endpoints(
      { DOCKER_HOST: 'docker.example:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates },
      folder(),
    );
    assert.deepEqual(found, {
      address: 'tcp://docker.example:2376',
      origin: 'DOCKER_HOST',
      tls: { ca: 'ca', cert: 'cert', key: 'key', verify: true },
    });
  });

  it('is the context of the environment, else the current one of config.json', async () => {
    const home = folder();
    writeContext(home, 'near', { Host: 'unix:///run/near.sock' });
    writeContext(home, 'far', { Host: 'tcp://far:2376', SkipTLSVerify: false }, { 'ca.pem': 'authority' });
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ currentContext: 'near', auths: {} }));
    assert.deepEqual(await endpoints({}, home), [{ address: 'unix:///run/near.sock', origin: 'the context near', tls: null }]);
    const [far] = await endpoints({ DOCKER_CONTEXT: 'far' }, home);
    assert.deepEqual(far, {
      address: 'tcp://far:2376',
      origin: 'the context far',
      tls: { ca: 'authority', cert: null, key: null, verify: true },
    });
  });

  it('is the usual sockets where nobody says: of Docker, of rootless Docker, of Podman', async () => {
    const found = await endpoints({ XDG_RUNTIME_DIR: '/run/user/7', DOCKER_CONTEXT: 'default' }, '/home/me');
    assert.deepEqual(
      found.map(({ address }) => address),
      [
        'unix:///var/run/docker.sock',
        'unix:///home/me/.docker/run/docker.sock',
        'unix:///run/user/7/docker.sock',
        'unix:///run/user/7/podman/podman.sock',
        'unix:///run/podman/podman.sock',
      ],
    );
  });

  it("is an error where the named context is not there, or its file is not Docker's", async () => {
    const home = folder();
    await assert.rejects(
      endpoints({ DOCKER_CONTEXT: 'gone' }, home),
      (error) => isOpsError(error, 'config') && error.message.includes('gone'),
    );
    writeContext(home, 'odd', { Host: 7 });
    await assert.rejects(
      endpoints({ DOCKER_CONTEXT: 'odd' }, home),
      (error) => isOpsError(error, 'config') && error.message.includes('meta.json'),
    );
  });
});
