import { folderOf, isBelow } from '../../config/paths.ts';
import type { Container, Mount } from '../facts.ts';

/**
 * What a Dockerfile copies is told from its own folder, and is found in the build context.
 * @param folder of the Dockerfile, with a slash at its end
 */
export function inContext({ source, target }: Mount, folder: string, context: string): Mount {
  if (source === null || !`${source}/`.startsWith(folder)) return { source, target };
  return { source: [context, source.slice(folder.length)].filter((part) => part !== '').join('/'), target };
}

/** A Dockerfile that nobody says a context for: it is built from the root where only the root holds what it copies. */
export function withLikelyContext<Image extends Pick<Container, 'mounts'> & { file: string }>(
  image: Image,
  paths: readonly string[],
): Image {
  const holds = (mounts: readonly Mount[]): boolean =>
    mounts.some(({ source }) => source !== null && source !== '' && paths.some((path) => isBelow(path, source)));
  const fromRoot = image.mounts.map((mount) => inContext(mount, folderOf(image.file), ''));
  return !holds(image.mounts) && holds(fromRoot) ? { ...image, mounts: fromRoot } : image;
}
