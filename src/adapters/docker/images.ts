import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';
import { OpsError } from '../../core/errors.ts';
import { ask, askWhether, openStream } from './ask.ts';
import type { Host } from './settings.ts';

/** @returns null where the engine does not have it */
export async function inspectImage(docker: Docker, reference: string, signal: AbortSignal): Promise<ImageInspectInfo | null> {
  // Its types do not know this option.
  const image = docker.getImage(reference) as unknown as { inspect: (options: object) => Promise<ImageInspectInfo> };
  return askWhether(`Look at the image ${reference}`, signal, (aborting) => image.inspect(aborting));
}

/** Milliseconds for fetching an image. */
const PULL = 900_000;

/**
 * Makes sure that the engine has an image; fetches it where not.
 * @throws OpsError `failed` where it cannot be had
 */
export async function requireImage(
  { connection: { docker } }: { connection: Pick<Host['connection'], 'docker'> },
  reference: string,
  signal: AbortSignal,
): Promise<void> {
  if (await inspectImage(docker, reference, signal)) return;
  const within = AbortSignal.any([signal, AbortSignal.timeout(PULL)]);
  try {
    const progress = await openStream(`Fetch the image ${reference}`, within, (aborting) => docker.pull(reference, { ...aborting }));
    await ask(
      `Fetch the image ${reference}`,
      within,
      () =>
        new Promise<void>((resolve, reject) => {
          docker.modem.followProgress(progress, (error: Error | null) => (error ? reject(error) : resolve()));
        }),
      PULL,
    );
  } catch (error) {
    if (signal.aborted || !(error instanceof OpsError) || error.code !== 'failed') throw error;
    throw new OpsError('failed', error.message, {
      hint: `Where the engine reaches no registry, bring the image there: \`docker save ${reference} | ssh … docker load\`.`,
      cause: error,
    });
  }
}
