import { decode, MAX_BYTES, readContent, type Content } from '../../adapters/files/content.ts';
import type { Git } from '../../adapters/git/git.ts';
import { listCommit, listWorkTree, type ListedFile, type Listing } from '../../adapters/git/listing.ts';
import { readBlobs } from '../../adapters/git/objects.ts';
import type { Sha } from '../../core/repository/names.ts';

/** The files that a check looks at: those on disk, or those of a commit. */
export interface Sources extends Listing {
  /**
   * Reads files, in any order; memory holds a few of them at a time.
   * @param visit gets git's hash of what was read, where it could be told
   */
  read: (files: readonly ListedFile[], visit: (path: string, content: Content, object: string | null) => Promise<void>) => Promise<void>;
}

const AT_ONCE = 32;

/** The work tree as it is on disk now. */
export async function workTreeSources(git: Git): Promise<Sources> {
  return { ...(await listWorkTree(git)), read: (files, visit) => readFromDisk(git, files, visit) };
}

export async function readFromDisk(git: Git, files: readonly ListedFile[], visit: Parameters<Sources['read']>[1]): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let file = files[next++]; file; file = files[next++]) {
      git.signal.throwIfAborted();
      const { content, object } = await readContent(git.root, file.path);
      await visit(file.path, content, file.object ?? object);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** The files of a commit: what is on disk makes no difference. */
export async function commitSources(git: Git, sha: Sha): Promise<Sources> {
  return {
    ...(await listCommit(git, sha)),
    read: (files, visit) =>
      readBlobs(
        git,
        files.flatMap(({ path, object }) => (object === null ? [] : [{ path, object }])),
        async ({ path, object }, blob) => {
          const chunks: Buffer[] = [];
          // What is too large is passed over, piece by piece.
          for await (const chunk of blob.chunks()) if (blob.size <= MAX_BYTES) chunks.push(Buffer.from(chunk));
          const content: Content = blob.size > MAX_BYTES ? { is: 'large', bytes: blob.size } : decode(Buffer.concat(chunks));
          await visit(path, content, object);
        },
      ),
  };
}
