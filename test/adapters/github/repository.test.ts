import assert from 'node:assert/strict';
import { apiUrl, gitHubRepository } from '../../../src/adapters/github/repository.ts';
import { isOpsError } from '../../../src/core/errors.ts';

describe('GitHub repository', () => {
  for (const url of [
    'https://github.com/acme/odoo.git',
    'https://github.com/acme/odoo',
    'https://github.com/acme/odoo/',
    'https://GitHub.com/acme/odoo',
    'git@github.com:acme/odoo.git',
    'ssh://git@github.com/acme/odoo.git',
    'ssh://git@github.com:22/acme/odoo',
    'ssh://git@ssh.github.com:443/acme/odoo.git',
  ]) {
    it(`is ${url}`, () => assert.deepEqual(gitHubRepository(url), { owner: 'acme', name: 'odoo' }));
  }
  for (const url of [
    'https://gitlab.com/acme/odoo.git',
    '/srv/git/odoo.git',
    'https://github.com.evil.example/acme/odoo',
    'https://evil.example/github.com/acme/odoo',
    'https://evilgithub.com/acme/odoo',
    'file:///github.com/acme/odoo',
    '',
  ]) {
    it(`is not ${JSON.stringify(url)}`, () => assert.equal(gitHubRepository(url), null));
  }
  it('may be on an Enterprise Server', () =>
    assert.deepEqual(gitHubRepository('git@git.acme.example:acme/odoo.git', 'git.acme.example'), { owner: 'acme', name: 'odoo' }));

  for (const [server, api, expected] of [
    ['https://github.com', undefined, 'https://api.github.com'],
    ['https://acme.ghe.com', undefined, 'https://api.acme.ghe.com'],
    ['https://git.acme.example', undefined, 'https://git.acme.example/api/v3'],
    ['https://github.com', 'https://api.github.com/', 'https://api.github.com'],
    ['http://127.0.0.1:8080', undefined, 'http://127.0.0.1:8080/api/v3'],
  ] as const) {
    it(`has its API at ${expected}`, () => assert.equal(apiUrl(server, api), expected));
  }
  for (const api of ['http://api.github.com', 'ftp://127.0.0.1', 'http://127.0.0.1.evil.example', 'nonsense']) {
    it(`sends no token to ${api}`, () =>
      assert.throws(
        () => apiUrl('https://github.com', api),
        (error) => isOpsError(error, 'config'),
      ));
  }
});
