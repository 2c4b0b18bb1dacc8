import type { NodePropSource } from '@lezer/common';

/**
 * Takes the place of `@lezer/highlight` in the bundle (esbuild.config.js): the grammar of Python brings the
 * colours of an editor along, and we only read manifests. Saves 5 kB of 700.
 */
export const styleTags = (): NodePropSource => () => null;

interface Tag {
  (): Tag;
  [name: string]: Tag;
}

/** Each name is a tag, and each tag can be called for another one. */
export const tags: Tag = new Proxy((() => tags) as Tag, { get: () => tags });
