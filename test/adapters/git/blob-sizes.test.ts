import assert from 'node:assert/strict';
import { gitIn } from '../../../src/adapters/git/git.ts';
import { blobSizes, listTree, readBlobs } from '../../../src/adapters/git/objects.ts';
import { shaSchema } from '../../../src/core/repository/names.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { git, sampleIn } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';

const { signal } = new AbortController();

describe('sizes of files in git', () => {
  const folder = temporaryFolders();

  it('are those that reading them tells, in the order asked', async () => {
    const { root } = sampleIn(folder());
    const repository = gitIn(root, signal);
    const tree = (await listTree(repository, shaSchema.parse(git(root, ['rev-parse', 'HEAD'])))).reverse();
    const read: number[] = [];
    await readBlobs(repository, tree, async (_entry, { size, chunks }) => {
      for await (const chunk of chunks()) assert.ok(chunk.length <= size);
      read.push(size);
    });
    assert.ok(read.length > 10);
    assert.deepEqual(await blobSizes(repository, tree), read);
    assert.deepEqual(await blobSizes(repository, []), []);
  });

  it('are refused for what is not in this clone, by its name', async () => {
    const { root } = sampleIn(folder());
    const missing = { object: '1'.repeat(40), path: 'addons/ipai/gone.py' };
    await rejectsWith(blobSizes(gitIn(root, signal), [missing]), 'repository', 'addons/ipai/gone.py is not in this clone');
    const tree = { object: git(root, ['rev-parse', 'HEAD^{tree}']), path: 'addons' };
    await rejectsWith(blobSizes(gitIn(root, signal), [tree]), 'repository', 'addons');
  });
});
