import { createHash } from 'node:crypto';
import { isSymlink } from '../../../core/build/inputs.ts';
import { OpsError } from '../../../core/errors.ts';
import type { CodeFolder, CodeSource } from '../../../core/pr-environments/engine.ts';
import { planLayer, type LayerPlan } from '../../../core/pr-environments/image/layer.ts';
import { paddingOf } from '../../../core/pr-environments/image/tar.ts';
import type { TreeEntry } from '../../../core/repository/commit.ts';
import type { Put } from './flow.ts';

const ZEROS = new Uint8Array(512);

/** The longest that Linux takes. */
const LONGEST_TARGET = 4096;

/**
 * All of a layer but the content of its files, so that its size is known before they are read.
 * @throws OpsError `repository` for names and links that cannot be in an image
 */
export async function prepareLayer(source: CodeSource, folder: CodeFolder, workspaceFolder: string): Promise<LayerPlan> {
  const { files } = folder;
  const sizes = await source.sizes(files);
  const sizeOf = new Map(files.map((file, index) => [file.path, sizes[index] ?? 0]));
  const targets = new Map<string, string>();
  await source.read(files.filter(isSymlink), async ({ path }, _size, chunks) => {
    targets.set(path, await textOf(chunks));
  });
  const valueOf = <T>(values: ReadonlyMap<string, T>, { path }: TreeEntry): T => {
    const value = values.get(path);
    if (value !== undefined) return value;
    throw new OpsError('repository', `${path} is not in this clone.`, { hint: 'Run `git fetch --refetch`.' });
  };
  return planLayer(folder, {
    folders: source.folders,
    workspaceFolder,
    sizeOf: (file) => valueOf(sizeOf, file),
    targetOf: (link) => valueOf(targets, link),
  });
}

/** Writes a layer. @returns its digest, `sha256:…` */
export async function writeLayer(source: CodeSource, { first, files, last }: LayerPlan, put: Put, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const hashed: Put = (bytes) => {
    hash.update(bytes);
    return put(bytes);
  };
  await hashed(first);
  let next = 0;
  await source.read(
    files.map(({ file }) => file),
    async (file, size, chunks) => {
      signal.throwIfAborted();
      const planned = files[next++];
      if (planned?.file.path !== file.path || planned.size !== size) throw changed(file);
      // Most files are small: what needs no waiting does not wait.
      const waiting = hashed(planned.before);
      if (waiting) await waiting;
      for await (const chunk of chunks) {
        const full = hashed(chunk);
        if (full) await full;
      }
      await hashed(ZEROS.subarray(0, paddingOf(size)));
    },
  );
  if (next !== files.length) throw new OpsError('repository', 'git ended before the last file of the commit.', { hint: 'Run `git fsck`.' });
  await hashed(last);
  return `sha256:${hash.digest('hex')}`;
}

const changed = ({ path }: TreeEntry): OpsError =>
  new OpsError('repository', `${path} was read otherwise than git told before.`, { hint: 'Run `git fsck`.' });

async function textOf(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<string> {
  let text = Buffer.alloc(0);
  for await (const chunk of chunks) if (text.length <= LONGEST_TARGET) text = Buffer.concat([text, chunk]);
  return text.toString('utf8');
}
