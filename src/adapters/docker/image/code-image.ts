import type Docker from 'dockerode';
import type { CodeFolder, CodeSource } from '../../../core/pr-environments/engine.ts';
import { chainIds, historySchema, imageConfig, type Image } from '../../../core/pr-environments/image/config.ts';
import { LAYERS_LABEL, writeCode, type ImageLayer } from '../../../core/pr-environments/image/labels.ts';
import { sharedStamp } from '../../../core/pr-environments/thing.ts';
import { bytesText } from '../../../core/text.ts';
import { ask } from '../ask.ts';
import { labelsOf } from '../labels.ts';
import type { Known } from './known.ts';
import { prepareLayer, writeLayer } from './layer.ts';
import { loadImage, type LoadLayer } from './load.ts';
import { sha256 } from './sha256.ts';

/** A layer of an image. */
export interface Layer extends ImageLayer {
  folder: CodeFolder;
  /** Whether the engine had it. */
  reused: boolean;
}

interface Making {
  project: string;
  source: CodeSource;
  workspaceFolder: string;
  /** What the code stands on. */
  beneath: Image;
  known: Known;
  /** From the lowest up. */
  folders: readonly { folder: CodeFolder; place: string }[];
  report: (line: string) => void;
}

const chainOf = ({ RootFS }: Image): string | null => chainIds(null, RootFS.Layers, sha256).at(-1) ?? null;

/** Layers that the engine has: from the lowest up, as far as they go. */
function reusable({ beneath, known, folders }: Making): ImageLayer[] {
  const found: ImageLayer[] = [];
  let below = chainOf(beneath);
  for (const { folder, place } of folders) {
    const layer = known.layer(place, folder.tree);
    const [chain] = layer ? chainIds(below, [layer.digest], sha256) : [];
    if (!layer || chain === undefined || !known.hasChain(chain)) break;
    found.push(layer);
    below = chain;
  }
  return found;
}

function labelsFor({ project, source, beneath }: Making, created_at: string, layers: readonly ImageLayer[]): Record<string, string> {
  const stamp = sharedStamp(project, { commit: source.commit, created_at });
  return { ...labelsOf('code', stamp), [LAYERS_LABEL]: writeCode({ base: beneath.Id, below: chainOf(beneath), layers }) };
}

/** The image that has exactly this code: the one that is there, or one that is loaded. */
export async function requireCodeImage(
  docker: Docker,
  making: Making,
  signal: AbortSignal,
): Promise<{ id: string; layers: readonly Layer[] }> {
  const { project, source, workspaceFolder, beneath, known, folders, report } = making;
  const tag = `odoo-ops/${project}/code:${source.commit}`;
  const created = new Date(source.committed_at).toISOString();
  const there = reusable(making);
  if (there.length === folders.length) {
    const labels = Object.entries(labelsFor(making, created, there));
    const same = known.images.find(
      ({ RepoTags, Labels }) => RepoTags?.includes(tag) && labels.every(([key, value]) => Labels?.[key] === value),
    );
    if (same) {
      report(`Image ${tag} is there already.`);
      return {
        id: same.Id,
        layers: folders.flatMap(({ folder }, index) => (there[index] ? [{ ...there[index], folder, reused: true }] : [])),
      };
    }
  }
  const history = historySchema.parse(await ask('Look at the history of the base', signal, () => docker.getImage(beneath.Id).history()));
  // Digest and size of one that is sent are known when it is.
  const layers = folders.map(({ folder, place }, index): Layer => {
    const { digest = '', bytes = 0 } = there[index] ?? {};
    return { folder, place, tree: folder.tree, digest, bytes, reused: digest !== '' };
  });
  const loading = layers.map((layer): LoadLayer => ({
    known: layer.reused ? layer.digest : null,
    prepare: async () => {
      const plan = await prepareLayer(source, layer.folder, workspaceFolder);
      layer.bytes = plan.bytes;
      layer.reused = false;
      return { bytes: plan.bytes, write: async (put) => (layer.digest = await writeLayer(source, plan, put, signal)) };
    },
  }));
  const config = () => {
    const parts = layers.map(({ place, tree, digest, bytes }) => ({ place, tree, digest, bytes }));
    return imageConfig({ base: beneath, history, created, layers: parts, labels: labelsFor(making, created, parts) });
  };
  const { Id } = await loadImage(docker, { base: beneath, config, tag, layers: loading, report }, signal);
  for (const { place, bytes, reused } of layers) report(`${place}: ${bytesText(bytes)}, ${reused ? 'the engine had it' : 'sent'}`);
  report(`Image ${tag} is loaded.`);
  return { id: Id, layers };
}
