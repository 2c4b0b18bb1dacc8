import { addAbortSignal, Readable } from 'node:stream';
import type Docker from 'dockerode';
import { isOpsError, OpsError } from '../../../core/errors.ts';
import { imageSchema, type Image } from '../../../core/pr-environments/image/config.ts';
import { ask } from '../ask.ts';
import { inspectImage } from '../images.ts';
import { imageArchive, type ImageArchive } from './archive.ts';
import { readable, readProgress } from './progress.ts';

/** Milliseconds for an image with all its layers. */
const LOADING = 1_800_000;

/** @returns null where the engine does not have it */
export async function findImage(docker: Docker, reference: string, signal: AbortSignal): Promise<Image | null> {
  return imageSchema.nullable().parse(await inspectImage(docker, reference, signal));
}

/** Sends an archive. @throws OpsError `failed` with what the engine says of it */
async function send(docker: Docker, archive: ImageArchive, signal: AbortSignal): Promise<void> {
  const what = `Load the image ${archive.tag}`;
  const bytes = Readable.from(imageArchive(archive), { objectMode: false, highWaterMark: 1024 * 1024 });
  try {
    await ask(
      what,
      signal,
      async ({ abortSignal }) => {
        const answer = await docker.loadImage(bytes, { quiet: true, abortSignal });
        await readProgress(answer, abortSignal, () => undefined);
      },
      LOADING,
    );
  } catch (error) {
    // An engine that stops reading in the middle shuts the connection, and what it says of it is lost.
    const isAlive = isOpsError(error, 'unreachable') && (await docker.ping().catch(() => null)) !== null;
    if (!isAlive) throw error;
    throw new OpsError('failed', `${what}: the engine broke off.`, {
      hint: 'Its disk may be full: `docker system df` says what takes it.',
      cause: error,
    });
  } finally {
    bytes.destroy();
    archive.base?.destroy();
  }
}

export interface LoadRequest extends Pick<ImageArchive, 'config' | 'tag'> {
  base: Image;
  /** Ours, from the lowest up. */
  layers: readonly { digest: string; reused: boolean }[];
  /** Content of a layer, when it is needed. */
  content: (index: number) => Promise<ImageArchive['layers'][number]['content']>;
  report: (line: string) => void;
}

/** What another archive would not mend. */
const HOPELESS = /no space left|not enough (?:free )?space|quota exceeded|broke off/i;

/** The base as the engine saves it. */
async function saved(docker: Docker, { Id }: Image, signal: AbortSignal): Promise<Readable> {
  const stream = await ask('Get the layers of the base from the engine', signal, () => docker.getImage(Id).get(), LOADING);
  return addAbortSignal(signal, readable(stream));
}

/** Storage of an engine that finds layers by their chain, so that it does not miss those that are not sent. */
const FINDS_LAYERS = /^(?:overlay2|fuse-overlayfs|btrfs|zfs|aufs|devicemapper|vfs)$/;

/**
 * Loads an image without the layers that the engine has. Where it wants more than that, it gets all of ours, and then those of the base too.
 * Each engine says in words of its own what it misses, so whatever it says of an archive that is not whole, it gets the next.
 */
export async function loadImage(docker: Docker, request: LoadRequest, signal: AbortSignal): Promise<Image> {
  const { base, config, tag, layers, content, report } = request;
  const findsLayers = FINDS_LAYERS.test(base.GraphDriver?.Name ?? '');
  const someReused = layers.some(({ reused }) => reused);
  const ways = [...(findsLayers ? (someReused ? (['new', 'ours'] as const) : (['ours'] as const)) : []), 'all'] as const;
  for (const way of ways) {
    const isSent = (index: number) => way !== 'new' || layers[index]?.reused === false;
    const sent: ImageArchive['layers'][number][] = [];
    for (const [index, { digest }] of layers.entries()) sent.push({ digest, content: isSent(index) ? await content(index) : null });
    try {
      const again = way === 'all' ? await saved(docker, base, signal) : null;
      await send(docker, { config, tag, baseLayers: base.RootFS.Layers, layers: sent, base: again }, signal);
      break;
    } catch (error) {
      if (way === 'all' || !isOpsError(error, 'failed') || HOPELESS.test(error.message)) throw error;
      report(`${error.message}; sending ${way === 'new' ? 'all layers of the code' : 'the layers of the base too'}.`);
    }
  }
  const image = await findImage(docker, tag, signal);
  const expected = [...base.RootFS.Layers, ...layers.map(({ digest }) => digest)];
  if (image?.RootFS.Layers.join() === expected.join()) return image;
  throw new OpsError('failed', `The engine loaded ${tag} with other layers than it was given.`, { hint: 'Look at the log of the engine.' });
}
