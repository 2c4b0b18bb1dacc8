import type Docker from 'dockerode';
import * as z from 'zod';
import { chainIds, digestSchema } from '../../../core/pr-environments/image/config.ts';
import { LAYERS_LABEL, readCode, type ImageLayer } from '../../../core/pr-environments/image/labels.ts';
import { ask } from '../ask.ts';
import { projectLabel, readLabels } from '../labels.ts';
import { sha256 } from './sha256.ts';

const listSchema = z.array(
  z.object({ Id: digestSchema, RepoTags: z.array(z.string()).nullish(), Labels: z.record(z.string(), z.string()).nullish() }),
);
export type ListedImage = z.infer<typeof listSchema>[number];

/** What the engine has of a project's code. */
export interface Known {
  images: readonly ListedImage[];
  /** What became of a folder before, by its place and git's id of it. */
  layer: (place: string, tree: string) => ImageLayer | undefined;
  /** Whether the engine has a layer on top of those below it. */
  hasChain: (chain: string) => boolean;
}

/** Read from the labels of our own images: the engine forgets a layer together with the image that tells of it. */
export async function knownCode(docker: Docker, project: string, signal: AbortSignal): Promise<Known> {
  const filters = JSON.stringify({ label: [projectLabel(project), 'odoo-ops.part=code'] });
  const images = listSchema.parse(await ask('List images', signal, (aborting) => docker.listImages({ filters, ...aborting })));
  const layers = new Map<string, ImageLayer>();
  const chains = new Set<string>();
  for (const { Labels } of images) {
    const code = readLabels(Labels)?.part === 'code' ? readCode(Labels?.[LAYERS_LABEL]) : null;
    if (!code) continue;
    for (const layer of code.layers) layers.set(`${layer.tree} ${layer.place}`, layer);
    const digests = code.layers.map(({ digest }) => digest);
    for (const chain of chainIds(code.below, digests, sha256)) chains.add(chain);
  }
  return { images, layer: (place, tree) => layers.get(`${tree} ${place}`), hasChain: (chain) => chains.has(chain) };
}
