import type Docker from 'dockerode';
import { OpsError } from '../../../core/errors.ts';
import type { Code, CodeFolder, CodeSource } from '../../../core/pr-environments/engine.ts';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import { chainIds, historySchema, imageConfig, type Image } from '../../../core/pr-environments/image/config.ts';
import { LAYERS_LABEL, readCode, writeCode, type ImageLayer } from '../../../core/pr-environments/image/labels.ts';
import { layerOrder, placeOf } from '../../../core/pr-environments/image/layer.ts';
import { bytesText } from '../../../core/text.ts';
import { ask } from '../ask.ts';
import { requireImage } from '../images.ts';
import { labelsOf } from '../labels.ts';
import { knownCode, type Known } from './known.ts';
import { prepareLayer, writeLayer } from './layer.ts';
import { findImage, loadImage, type LoadLayer } from './load.ts';
import { requirementsImage } from './requirements.ts';
import { sha256 } from './sha256.ts';

export interface CodeImageRequest {
  attempt: Attempt;
  source: CodeSource;
  /** The image that Odoo stands on: by digest, tag or id. */
  base: string;
  /** Where the repository lies in containers: `/workspaces/odoo`. */
  workspaceFolder: string;
  /** ISO 8601; of the cached image with the Python requirements. */
  expiresAt: string;
  report: (line: string) => void;
}

/**
 * The code of a commit as an image: one layer for each addons folder on the base, of which the engine is sent what it does not have. The same
 * commit on the same base is the same image, byte by byte, wherever it is made.
 *
 * It belongs to the commit and to no pull request: its stamp has number, attempt, branch and expires_at null, part `code`, the commit, and the
 * commit's own time as created_at. It is needed as long as an environment of that commit is there or may be built: an open pull request's head.
 * `odoo-ops.layers` tells what is in it. Its one name is `odoo-ops/<project>/code:<commit>`.
 * @throws OpsError `failed` with what the engine says, `repository` for names and links that cannot be in an image, `unreachable`, `cancelled`
 */
export async function buildCodeImage(docker: Docker, request: CodeImageRequest, signal: AbortSignal): Promise<Code> {
  const { attempt, source, workspaceFolder } = request;
  await requireImage({ connection: { docker } }, request.base, signal);
  const base = await findImage(docker, request.base, signal);
  if (!base) throw new OpsError('failed', `The image ${request.base} was removed just now.`, { hint: 'Try again.' });
  const beneath = await requirementsImage(docker, { ...request, base }, signal);
  const known = await knownCode(docker, attempt.identity.project, signal);
  const folders = layerOrder(source.folders).map((folder) => ({ folder, place: placeOf(workspaceFolder, folder.path) }));
  const { id, layers } = await requireCodeImage(docker, { request, beneath, known, folders }, signal);
  return {
    id,
    base: base.RepoDigests?.[0] ?? base.Id,
    addons_path: source.folders.map(({ path }) => placeOf(workspaceFolder, path)),
    layers: folders.map(({ folder }, index) => {
      const { digest = '', bytes = 0, reused = false } = layers[index] ?? {};
      return { name: folder.path, digest, bytes, reused };
    }),
  };
}

interface Making {
  request: CodeImageRequest;
  /** What the code stands on. */
  beneath: Image;
  known: Known;
  /** From the lowest up. */
  folders: readonly { folder: CodeFolder; place: string }[];
}

const chainOf = ({ RootFS }: Image): string | null => chainIds(null, RootFS.Layers, sha256).at(-1) ?? null;

/** Layers that the engine has: from the lowest up, as far as they go. */
function reusable({ beneath, known, folders }: Making): ImageLayer[] {
  const found: ImageLayer[] = [];
  for (const { folder, place } of folders) {
    const layer = known.layer(place, folder.tree);
    const chain =
      layer &&
      chainIds(
        chainOf(beneath),
        [...found, layer].map(({ digest }) => digest),
        sha256,
      ).at(-1);
    if (!layer || chain === undefined || !known.hasChain(chain)) break;
    found.push(layer);
  }
  return found;
}

/** The image that has exactly this code: the one that is there, or one that is loaded. */
async function requireCodeImage(
  docker: Docker,
  making: Making,
  signal: AbortSignal,
): Promise<{ id: string; layers: readonly (ImageLayer & { reused: boolean })[] }> {
  const { request, beneath, known, folders } = making;
  const { attempt, source, workspaceFolder, report } = request;
  const { project } = attempt.identity;
  const tag = `odoo-ops/${project}/code:${source.commit}`;
  const created = new Date(source.committed_at).toISOString();
  const stamp = { project, number: null, attempt: null, commit: source.commit, branch: null, created_at: created, expires_at: null };
  const labelsFor = (layers: readonly ImageLayer[]) => ({
    ...labelsOf('code', stamp),
    [LAYERS_LABEL]: writeCode({ base: beneath.Id, below: chainOf(beneath), layers }),
  });
  const there = reusable(making);
  if (there.length === folders.length) {
    const labels = Object.entries(labelsFor(there));
    const same = known.images.find(
      ({ RepoTags, Labels }) => RepoTags?.includes(tag) && labels.every(([key, value]) => Labels?.[key] === value),
    );
    if (same) {
      report(`Image ${tag} is there already.`);
      return { id: same.Id, layers: there.map((layer) => ({ ...layer, reused: true })) };
    }
  }
  const history = historySchema.parse(await ask('Look at the history of the base', signal, () => docker.getImage(beneath.Id).history()));
  const sizes = new Map<number, number>(there.map(({ bytes }, index) => [index, bytes]));
  const layersOf = (digests: readonly string[]): ImageLayer[] =>
    folders.map(({ folder: { tree }, place }, index) => ({ place, tree, digest: digests[index] ?? '', bytes: sizes.get(index) ?? 0 }));
  const sent = new Set<number>();
  const layers = folders.map(({ folder }, index): LoadLayer => ({
    known: there[index]?.digest ?? null,
    prepare: async () => {
      const plan = await prepareLayer(source, folder, workspaceFolder);
      sizes.set(index, plan.bytes);
      sent.add(index);
      return { bytes: plan.bytes, write: (put) => writeLayer(source, plan, put, signal) };
    },
  }));
  const config = (digests: readonly string[]) => {
    const parts = layersOf(digests);
    return imageConfig({ base: beneath, history, created, layers: parts, labels: labelsFor(parts) });
  };
  const image = await loadImage(docker, { base: beneath, config, tag, layers, report }, signal);
  report(`Image ${tag} is loaded.`);
  const made = readCode(image.Config?.Labels?.[LAYERS_LABEL])?.layers ?? [];
  for (const [index, { place, bytes }] of made.entries())
    report(`${place}: ${bytesText(bytes)}, ${sent.has(index) ? 'sent' : 'the engine had it'}`);
  return { id: image.Id, layers: made.map((layer, index) => ({ ...layer, reused: !sent.has(index) })) };
}
