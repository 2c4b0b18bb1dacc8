import { addAbortSignal, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import { isOpsError, OpsError } from '../../../core/errors.ts';
import { imageSchema, type Image } from '../../../core/pr-environments/image/config.ts';
import { ask } from '../ask.ts';
import { inspectImage } from '../images.ts';
import { writeArchive, type ArchiveLayer, type ImageArchive } from './archive.ts';
import { openFlow } from './flow.ts';
import { readable, readProgress } from './progress.ts';

/** Milliseconds for an image with all its layers. */
const LOADING = 1_800_000;

/** @returns null where the engine does not have it */
export async function findImage(docker: Docker, reference: string, signal: AbortSignal): Promise<Image | null> {
  return imageSchema.nullable().parse(await inspectImage(docker, reference, signal));
}

/** Sends an archive while it is written. @throws OpsError `failed` with what the engine says of it, or what the writer says */
async function send(docker: Docker, archive: ImageArchive, signal: AbortSignal): Promise<string[]> {
  const what = `Load the image ${archive.tag}`;
  const flow = openFlow();
  let failure: Error | undefined;
  const writing = writeArchive(archive, flow.put)
    .then((digests) => {
      flow.end();
      return digests;
    })
    .catch((error: unknown) => {
      if (!flow.stream.destroyed) failure = error instanceof Error ? error : new Error(String(error));
      flow.stream.destroy(failure);
      return [];
    });
  try {
    await ask(
      what,
      signal,
      async ({ abortSignal }) => {
        const answer = await docker.loadImage(flow.stream, { quiet: true, abortSignal });
        await readProgress(answer, abortSignal, () => undefined);
      },
      LOADING,
    );
    return await writing;
  } catch (error) {
    if (failure) throw failure;
    // An engine that stops reading in the middle shuts the connection, and what it says of it is lost.
    const isAlive = isOpsError(error, 'unreachable') && (await docker.ping().catch(() => null)) !== null;
    if (!isAlive) throw error;
    throw new OpsError('failed', `${what}: the engine broke off.`, {
      hint: 'Its disk may be full: `docker system df` says what takes it.',
      cause: error,
    });
  } finally {
    flow.stream.destroy();
    archive.base?.destroy();
    await writing;
  }
}

/** Ours, from the lowest up: what the engine is thought to have, and how to write it anew. */
export interface LoadLayer {
  /** Digest of one that the engine has; null for one that it does not have. */
  known: string | null;
  prepare: () => Promise<Exclude<ArchiveLayer, { digest: string }>>;
}

export interface LoadRequest extends Pick<ImageArchive, 'config' | 'tag'> {
  base: Image;
  layers: readonly LoadLayer[];
  report: (line: string) => void;
}

/** What another archive would not mend. */
const HOPELESS = /no space left|not enough (?:free )?space|quota exceeded|broke off/i;

/** Storage of an engine that finds layers by their chain, so that it does not miss those that are not sent. */
const FINDS_LAYERS = /^(?:overlay2|fuse-overlayfs|btrfs|zfs|aufs|devicemapper|vfs)$/;

/** The base as the engine saves it. */
async function saved(docker: Docker, { Id }: Image, signal: AbortSignal): Promise<Readable> {
  const stream = await ask('Get the layers of the base from the engine', signal, () => docker.getImage(Id).get(), LOADING);
  return addAbortSignal(signal, readable(stream));
}

/**
 * Loads an image without the layers that the engine has. Where it wants more than that, it gets all of ours, and then those of the base too.
 * Each engine says in words of its own what it misses, so whatever it says of an archive that is not whole, it gets the next.
 */
export async function loadImage(docker: Docker, request: LoadRequest, signal: AbortSignal): Promise<Image> {
  const { base, config, tag, layers, report } = request;
  const partly = layers.some(({ known }) => known !== null) ? (['new', 'ours'] as const) : (['ours'] as const);
  const ways = [...(FINDS_LAYERS.test(base.GraphDriver?.Name ?? '') ? partly : []), 'all'] as const;
  for (const way of ways) {
    const sent: ArchiveLayer[] = [];
    for (const { known, prepare } of layers) sent.push(way === 'new' && known !== null ? { digest: known } : await prepare());
    try {
      const again = way === 'all' ? await saved(docker, base, signal) : null;
      const digests = await send(docker, { tag, baseLayers: base.RootFS.Layers.length, base: again, layers: sent, config }, signal);
      return await loaded(docker, tag, [...base.RootFS.Layers, ...digests], signal);
    } catch (error) {
      if (way === 'all' || !isOpsError(error, 'failed') || HOPELESS.test(error.message)) throw error;
      report(`${error.message}; sending ${way === 'new' ? 'all layers of the code' : 'the layers of the base too'}.`);
    }
  }
  throw new OpsError('failed', `The image ${tag} could not be loaded.`);
}

async function loaded(docker: Docker, tag: string, layers: readonly string[], signal: AbortSignal): Promise<Image> {
  const image = await findImage(docker, tag, signal);
  if (image?.RootFS.Layers.join() === layers.join()) return image;
  throw new OpsError('failed', `The engine loaded ${tag} with other layers than it was given.`, { hint: 'Look at the log of the engine.' });
}
