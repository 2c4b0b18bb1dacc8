import type { CodeFolder, CodeSource } from '../../../core/pr-environments/engine.ts';
import { planLayer, refuseLeadingOut } from '../../../core/pr-environments/image/layer.ts';
import { paddingOf, TAR_END, tarHeader } from '../../../core/pr-environments/image/tar.ts';
import { spool, type Put, type Spool } from './spool.ts';

const ZEROS = new Uint8Array(512);

/** The longest that Linux takes. */
const LONGEST_TARGET = 4096;

/**
 * The layer of an addons folder: a tar whose bytes depend on git's id of the folder and on its place alone.
 * @param scratch folder for what is not sent yet
 * @throws OpsError `repository` for names and links that cannot be in an image
 */
export async function writeLayer(
  source: CodeSource,
  folder: CodeFolder,
  { workspaceFolder, scratch }: { workspaceFolder: string; scratch: string },
  signal: AbortSignal,
): Promise<Spool> {
  const { parents, files } = planLayer(folder, workspaceFolder);
  return spool(scratch, async (put: Put) => {
    for (const parent of parents) await put(tarHeader(parent));
    let next = 0;
    await source.read(
      files.map(({ file }) => file),
      async (file, size, chunks) => {
        signal.throwIfAborted();
        const { entry, folders } = files[next++]!; // in the order asked
        for (const above of folders) await put(tarHeader(above));
        if (entry.type === 'symlink') {
          const target = await textOf(chunks);
          refuseLeadingOut(file.path, target, source.folders);
          await put(tarHeader({ ...entry, target }));
          return;
        }
        // Most files are small: what needs no waiting does not wait.
        const waiting = put(tarHeader({ ...entry, size }));
        if (waiting) await waiting;
        for await (const chunk of chunks) {
          const full = put(chunk);
          if (full) await full;
        }
        await put(ZEROS.subarray(0, paddingOf(size)));
      },
    );
    await put(TAR_END);
  });
}

async function textOf(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<string> {
  let text = Buffer.alloc(0);
  for await (const chunk of chunks) if (text.length <= LONGEST_TARGET) text = Buffer.concat([text, chunk]);
  return text.toString('utf8');
}
