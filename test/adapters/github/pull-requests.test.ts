import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gitHubRepository, openPullRequests } from '../../../src/adapters/github/pull-requests.ts';
import { rejectsWith } from '../../support/rejects.ts';

describe('GitHub', () => {
  for (const url of [
    'https://github.com/acme/odoo.git',
    'https://github.com/acme/odoo',
    'https://github.com/acme/odoo/',
    'git@github.com:acme/odoo.git',
    'ssh://git@github.com/acme/odoo.git',
    'ssh://git@github.com:22/acme/odoo',
  ]) {
    it(`knows ${url}`, () => assert.deepEqual(gitHubRepository(url), { owner: 'acme', name: 'odoo' }));
  }
  for (const url of [
    'https://gitlab.com/acme/odoo.git',
    '/srv/git/odoo.git',
    'https://github.com.evil.example/acme/odoo',
    'https://evil.example/github.com/acme/odoo',
    'file:///github.com/acme/odoo',
    '',
  ]) {
    it(`does not take ${JSON.stringify(url)} for it`, () => assert.equal(gitHubRepository(url), null));
  }
  it('may be an Enterprise Server', () =>
    assert.deepEqual(gitHubRepository('git@git.acme.example:acme/odoo.git', 'git.acme.example'), { owner: 'acme', name: 'odoo' }));

  describe('pull requests', function () {
    this.timeout(20_000);
    const before = process.env['GITHUB_API_URL'];
    afterEach(() => {
      if (before === undefined) delete process.env['GITHUB_API_URL'];
      else process.env['GITHUB_API_URL'] = before;
    });

    async function answered(
      answer: (page: number, request: IncomingMessage, response: ServerResponse) => void,
      signal = new AbortController().signal,
    ) {
      let page = 0;
      const server = createServer((request, response) => {
        request.resume().on('end', () => answer(page++, request, response));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      process.env['GITHUB_API_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        return await openPullRequests({ owner: 'acme', name: 'odoo' }, 'the-token', signal);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    }
    const node = (number: number, state: string | null) => ({
      number,
      title: `PR ${number}`,
      url: `https://github.com/acme/odoo/pull/${number}`,
      isDraft: false,
      headRefName: `feature/${number}`,
      isCrossRepository: number === 2,
      commits: { nodes: [{ commit: { statusCheckRollup: state === null ? null : { state } } }] },
    });
    const send = (response: ServerResponse, nodes: unknown[], hasNextPage: boolean) =>
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ data: { repository: { pullRequests: { pageInfo: { hasNextPage, endCursor: 'x' }, nodes } } } }));

    it('come over several pages, with the state of their checks', async () => {
      const found = await answered((page, request, response) => {
        assert.equal(request.headers.authorization, 'token the-token');
        send(
          response,
          page === 0 ? [node(1, 'SUCCESS'), node(2, 'ERROR')] : [node(3, 'EXPECTED'), node(4, null), node(5, 'NEW_STATE')],
          page === 0,
        );
      });
      assert.deepEqual(
        found.map(({ number, checks, sameRepository }) => [number, checks, sameRepository]),
        [
          [1, 'success', true],
          [2, 'failure', false],
          [3, 'pending', true],
          [4, 'none', true],
          [5, 'none', true],
        ],
      );
    });

    for (const [what, answer] of [
      [
        'an error of the API',
        (response: ServerResponse) =>
          response.setHeader('content-type', 'application/json').end('{"errors":[{"message":"Bad credentials"}]}'),
      ],
      ['401', (response: ServerResponse) => response.writeHead(401).end('{}')],
      [
        'another form',
        (response: ServerResponse) =>
          response.setHeader('content-type', 'application/json').end('{"data":{"repository":{"pullRequests":{}}}}'),
      ],
      [
        'no such repository',
        (response: ServerResponse) => response.setHeader('content-type', 'application/json').end('{"data":{"repository":null}}'),
      ],
      ['nonsense', (response: ServerResponse) => response.end('<html>')],
      ['nothing', (response: ServerResponse) => response.destroy()],
    ] as const) {
      it(`cannot be had where the answer is ${what}; the token is not shown`, async () => {
        const error = await rejectsWith(
          answered((_page, _request, response) => answer(response)),
          'unreachable',
          'GitHub cannot be asked',
        );
        assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.details]), /the-token/);
      });
    }

    it('end with a cancel', async () => {
      const controller = new AbortController();
      await assert.rejects(answered(() => controller.abort(), controller.signal));
    });
  });
});
