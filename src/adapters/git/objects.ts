import type { Readable } from 'node:stream';
import { OpsError } from '../../core/errors.ts';
import type { TreeEntry } from '../../core/repository/commit.ts';
import type { Sha } from '../../core/repository/names.ts';
import type { Git } from './git.ts';
import { spawnGit } from './stream.ts';

/** Every file of a commit, with its mode and object. */
export async function listTree(git: Git, sha: Sha): Promise<TreeEntry[]> {
  const output = await git.run(['ls-tree', '-r', '-z', '--full-tree', sha]);
  return output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      // `100644 blob <object>\t<path>`, cut without leaving an array behind for each of many files
      const tab = line.indexOf('\t');
      return { mode: line.slice(0, 6), object: line.slice(line.indexOf(' ', 7) + 1, tab), path: line.slice(tab + 1) };
    });
}

/** A blob as it arrives: its size first, then its bytes in pieces. */
export interface BlobReader {
  size: number;
  chunks: () => Iterable<Buffer> | AsyncIterable<Buffer>;
}

/** Blobs up to here come in one piece: most files are small, and a generator for each of them costs more than their bytes do. */
const ONE_PIECE = 64 * 1024;

/** Reads `git cat-file --batch`, whose answers are `<object> <type> <size>\n<bytes>\n`. */
class BatchReader {
  private buffered: Buffer = Buffer.alloc(0);
  private readonly source: AsyncIterator<Buffer>;

  constructor(stream: Readable) {
    this.source = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  private async more(): Promise<Buffer> {
    const next: IteratorResult<Buffer, unknown> = await this.source.next();
    if (next.done === true) throw new OpsError('repository', 'git ended in the middle of an object.', { hint: 'Run `git fsck`.' });
    return next.value;
  }

  async header(): Promise<string> {
    for (;;) {
      const end = this.buffered.indexOf(0x0a);
      if (end >= 0) {
        const line = this.buffered.toString('utf8', 0, end);
        this.buffered = this.buffered.subarray(end + 1);
        return line;
      }
      this.buffered = Buffer.concat([this.buffered, await this.more()]);
    }
  }

  /** The whole of a small object. */
  async piece(size: number): Promise<Buffer> {
    while (this.buffered.length <= size) this.buffered = Buffer.concat([this.buffered, await this.more()]);
    const piece = this.buffered.subarray(0, size);
    this.buffered = this.buffered.subarray(size + 1); // and the newline after the object
    return piece;
  }

  async *bytes(size: number): AsyncGenerator<Buffer> {
    let rest = size;
    while (rest > 0) {
      if (this.buffered.length === 0) this.buffered = await this.more();
      const chunk = this.buffered.subarray(0, rest);
      this.buffered = this.buffered.subarray(chunk.length);
      rest -= chunk.length;
      yield chunk;
    }
    await this.header(); // the newline after the object
  }
}

/**
 * Streams blobs in the order given; memory stays at a few pipe buffers, whatever their size.
 * The bytes are the repository's own: no line-ending or filter setting of this clone touches them.
 */
export async function readBlobs<T extends { object: string; path: string }>(
  git: Git,
  entries: readonly T[],
  read: (entry: T, blob: BlobReader) => Promise<void>,
): Promise<void> {
  if (entries.length === 0) return;
  const { child, done } = spawnGit(git, ['cat-file', '--batch', '--buffer']);
  const reader = new BatchReader(child.stdout);
  child.stdin.end(entries.map(({ object }) => `${object}\n`).join(''));
  try {
    for (const entry of entries) {
      const [, type, length] = (await reader.header()).split(' ');
      if (type !== 'blob') throw new OpsError('repository', `${entry.path} is not in this clone.`, { hint: 'Run `git fetch --refetch`.' });
      const size = Number(length);
      const piece = size <= ONE_PIECE ? [await reader.piece(size)] : null;
      await read(entry, { size, chunks: () => piece ?? reader.bytes(size) });
    }
    await done;
  } finally {
    child.kill();
  }
}

/**
 * Bytes of each blob, in the order given, told by git's index of its objects.
 * @throws OpsError `repository` for one that this clone does not have
 */
export async function blobSizes(git: Git, entries: readonly Pick<TreeEntry, 'object' | 'path'>[]): Promise<number[]> {
  if (entries.length === 0) return [];
  const { child, done } = spawnGit(git, ['cat-file', '--batch-check=%(objecttype) %(objectsize)', '--buffer']);
  child.stdin.end(entries.map(({ object }) => `${object}\n`).join(''));
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  await done;
  const lines = Buffer.concat(chunks).toString('utf8').split('\n');
  return entries.map(({ path }, index) => {
    const [type, size] = lines[index]?.split(' ') ?? [];
    if (type === 'blob') return Number(size);
    throw new OpsError('repository', `${path} is not in this clone.`, { hint: 'Run `git fetch --refetch`.' });
  });
}

/** Whole small files of a commit, by path; a path that is not there is left out. */
export async function readFiles(git: Git, entries: readonly TreeEntry[]): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  await readBlobs(git, entries, async ({ path }, blob) => {
    const chunks: Buffer[] = [];
    for await (const chunk of blob.chunks()) chunks.push(Buffer.from(chunk));
    files.set(path, Buffer.concat(chunks));
  });
  return files;
}
