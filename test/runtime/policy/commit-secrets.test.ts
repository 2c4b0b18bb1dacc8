import assert from 'node:assert/strict';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFactsCache } from '../../../src/adapters/files/facts-cache.ts';
import type { Sha } from '../../../src/core/repository/names.ts';
import { commitSecrets, secretsToPromote } from '../../../src/runtime/policy/commit-secrets.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, commit, git, sampleIn, write } from '../../support/sample.ts';
import { randomText } from '../../support/secrets.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened } from '../../support/workspace.ts';

const PASSWORD = `Tr0ub4dor&${randomText(3, 5)}`;
const TOKEN = randomText(40, 11);

describe('the secrets of commits', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const head = (root: string) => git(root, ['rev-parse', 'HEAD']);
  const told = async (root: string, from: Sha, to = head(root)) =>
    (await commitSecrets(await opened(root), from, to)).map(({ commit: sha, file, secret }) => [sha, file, secret.range.start.line]);

  it('finds one that was added and taken out again, with its commit, file and line', async () => {
    const { root } = sampleIn(folder());
    const from = head(root);
    write(root, { 'deploy/odoo.conf': `[options]\ndb_password = ${PASSWORD}\n` });
    const added = commit(root, 'Add the server');
    write(root, { 'deploy/odoo.conf': '[options]\ndb_password = False\n' });
    commit(root, 'Take it out');
    assert.deepEqual(await told(root, from), [[added, 'deploy/odoo.conf', 2]]);
  });

  it('tells each once, by the commit that brought it, however often the file changes around it', async () => {
    const { root } = sampleIn(folder());
    const from = head(root);
    write(root, { 'a.env': `TOKEN=${TOKEN}\n`, 'file with "quotes" and ü\n.env': `TOKEN=${TOKEN}\n` });
    const added = commit(root, 'One');
    write(root, { 'a.env': `A=1\nTOKEN=${TOKEN}\n` });
    commit(root, 'Two');
    rmSync(join(root, 'a.env'));
    commit(root, 'Three');
    write(root, { 'a.env': `TOKEN=${TOKEN}\n` });
    commit(root, 'Four: as it was');
    assert.deepEqual((await told(root, from)).sort(), [
      [added, 'a.env', 1],
      [added, 'file with "quotes" and ü\n.env', 1],
    ]);
  });

  it('leaves what was there before the range, and what the other side of a merge had', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'old.env': `TOKEN=${TOKEN}\n` });
    const from = commit(root, 'Long ago');
    git(root, ['switch', '--quiet', '--create', 'side', `${from}~1`]);
    write(root, { 'side.env': `DB_PASSWORD=${PASSWORD}\n` });
    const side = commit(root, 'On a side branch');
    git(root, ['switch', '--quiet', 'main']);
    write(root, { 'old.env': `A=1\nTOKEN=${TOKEN}\n` });
    commit(root, 'Touch the old one');
    git(root, ['merge', '--quiet', '--no-ff', '--no-commit', 'side']);
    write(root, { 'merged.env': `SMTP_PASSWORD=${PASSWORD}\n` });
    const merged = commit(root, 'Merge, and add something of its own');
    assert.deepEqual(
      (await told(root, from)).sort(),
      [
        [side, 'side.env', 1],
        [merged, 'merged.env', 1],
      ].sort(),
    );
  });

  it('looks at plain text only: no binary, no link, no submodule, nothing that is too large', async () => {
    const { root } = sampleIn(folder());
    const from = head(root);
    write(root, { 'binary.env': `TOKEN=${TOKEN}\n\0`, 'target.txt': 'x' });
    symlinkSync('target.txt', join(root, 'link.env'));
    writeFileSync(join(root, 'large.env'), `${'#'.repeat(3 * 1024 * 1024)}\nTOKEN=${TOKEN}\n`);
    git(root, ['update-index', '--add', '--cacheinfo', `160000,${from},vendor.env`]);
    write(root, { 'small.env': `TOKEN=${TOKEN}\r\n` });
    const added = commit(root, 'All kinds');
    assert.deepEqual(await told(root, from), [[added, 'small.env', 1]]);
  });

  it('has nothing to say of an empty range, and reads nothing twice that the cache knows', async () => {
    const { root } = sampleIn(folder());
    const from = head(root);
    assert.deepEqual(await told(root, from), []);
    write(root, { 'a.env': `TOKEN=${TOKEN}\n`, 'b.md': 'b' });
    commit(root, 'One');
    const cache = await openFactsCache(join(folder(), 'facts.json'), '1');
    const workspace = await opened(root);
    const first = await commitSecrets(workspace, from, head(root), cache);
    await cache.save();
    // Without the objects only the cache can answer.
    const objects = git(root, ['rev-parse', 'HEAD:a.env', 'HEAD:b.md']).split('\n');
    for (const object of objects) rmSync(join(root, '.git/objects', object.slice(0, 2), object.slice(2)));
    assert.deepEqual(await commitSecrets(workspace, from, head(root), cache), first);
    await rejectsWith(commitSecrets(workspace, from, head(root)), 'repository', 'not in this clone');
    assert.equal(first.length, 1);
  });

  it('knows which commits are to be promoted: those of staging and those of the branch that one is on', async () => {
    const { root, origin } = sampleIn(folder());
    const before = await secretsToPromote(await opened(root));
    assert.deepEqual(before, []);
    write(root, { 'staging.env': `TOKEN=${TOKEN}\n` });
    commit(root, 'On main');
    git(root, ['push', '--quiet', 'origin', 'main']);
    git(root, ['switch', '--quiet', '--create', 'feature/x']);
    write(root, { 'feature.env': `DB_PASSWORD=${PASSWORD}\n` });
    commit(root, 'On a branch');
    const found = await secretsToPromote(await opened(root));
    assert.deepEqual(
      found?.map(({ file }) => file),
      ['staging.env', 'feature.env'],
    );
    const shallow = cloneOf(`file://${origin}`, join(folder(), 'shallow'), 'CI', ['--depth', '1']);
    assert.equal(await secretsToPromote(await opened(shallow)), undefined);
    git(root, ['remote', 'remove', 'origin']);
    assert.equal(await secretsToPromote(await opened(root)), undefined);
  });

  it('ends with its act', async () => {
    const { root } = sampleIn(folder());
    const from = head(root);
    write(root, { 'a.env': 'A=1\n' });
    commit(root, 'One');
    const act = new AbortController();
    const workspace = await opened(root, {}, act.signal);
    act.abort();
    await rejectsWith(commitSecrets(workspace, from, head(root)), 'cancelled');
  });
});
