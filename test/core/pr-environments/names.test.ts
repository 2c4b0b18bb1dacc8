import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { environmentIdentity, projectName } from '../../../src/core/pr-environments/names.ts';

const HOST = 'pr-<number>-<slug>.dev.insightpulseai.com';
const PROJECT = 'odoo-1a2b3c';
const identity = (number: number, branch: string, host = HOST) => environmentIdentity({ project: PROJECT, number, branch, host });

describe('names of an environment', () => {
  it('say whose it is', () => {
    assert.deepEqual(identity(12, 'feature/Loyalty Points'), {
      project: PROJECT,
      number: 12,
      host: 'pr-12-feature-loyalty-points.dev.insightpulseai.com',
      name: 'odoo-ops-odoo-1a2b3c-pr-12',
      database: 'odoo_ops_odoo_1a2b3c_pr_12',
    });
  });

  it('read as the branch does where its letters have an ASCII letter in them, and are sound where not', () => {
    const hostOf = (branch: string) => identity(7, branch).host.split('.')[0];
    assert.equal(hostOf('fix/Façade-élargie'), 'pr-7-fix-facade-elargie');
    assert.equal(hostOf('ﬁx/№5'), 'pr-7-fix-no5');
    assert.equal(hostOf('価格'), 'pr-7-branch');
    assert.equal(hostOf('fix/価格-2'), 'pr-7-fix-2');
    assert.equal(hostOf(''), 'pr-7-branch');
  });

  it('are DNS labels and names of PostgreSQL, whatever the branch is called and however long the host is', () => {
    const numbers = fc.oneof(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
    const branches = fc.oneof(fc.string({ unit: 'binary', maxLength: 220 }), fc.stringMatching(/^[a-z/-]{0,200}$/));
    const templates = fc.constantFrom(
      HOST,
      '<number>.example.com',
      '<slug>-<number>.example.com',
      `${'long-'.repeat(8)}<number>-<slug>.EXAMPLE.com`,
    );
    fc.assert(
      fc.property(numbers, branches, templates, (number, branch, template) => {
        const { host, name, database } = identity(number, branch, template);
        for (const label of host.split('.')) assert.match(label, /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
        assert.match(host, new RegExp(`(?:^|-)${number}(?:-|\\.)`));
        assert.match(database, /^[a-z0-9_]{1,63}$/);
        assert.match(name, /^[a-z0-9-]{1,63}$/);
      }),
    );
  });

  it('differ wherever the number does, also for branches that read the same', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 2, maxLength: 2 }),
        fc.string(),
        ([one = 0, two = 0], branch) => {
          const [a, b] = [identity(one, branch), identity(two, branch)];
          assert.ok(a.host !== b.host && a.name !== b.name && a.database !== b.database);
        },
      ),
    );
  });
});

describe('the name of a project', () => {
  const name = (remote: string, client = 'default') => projectName(client, remote, sha256);

  it('is the same from each clone of a repository, however it was cloned', () => {
    const names = [
      'https://github.com/Acme/Odoo.git',
      'https://x-access-token:secret@github.com/acme/odoo',
      'git@github.com:acme/odoo.git',
      'ssh://git@ssh.github.com:443/acme/odoo.git',
      'ssh://git@github.com/acme/odoo/',
    ].map((remote) => name(remote));
    assert.equal(new Set(names).size, 1);
    assert.match(names[0] ?? '', /^odoo-[0-9a-f]{6}$/);
  });

  it('is another for another repository, another host, another client', () => {
    const names = [
      name('git@github.com:acme/odoo.git'),
      name('git@github.com:other/odoo.git'),
      name('git@git.example.com:acme/odoo.git'),
      name('git@github.com:acme/odoo.git', 'client-b'),
      name('/srv/git/Odoo.git'),
      name('/srv/git/odoo.git'),
    ];
    assert.equal(new Set(names).size, names.length);
  });

  it('holds no secret of the address, and is short enough for a database name', () => {
    assert.doesNotMatch(name('https://user:hunter2@git.example.com/x.git'), /hunter2|user/);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (remote, client) =>
        assert.match(name(remote, client), /^(?=.{1,24}$)[a-z0-9]+(?:-[a-z0-9]+)*$/),
      ),
    );
  });
});
