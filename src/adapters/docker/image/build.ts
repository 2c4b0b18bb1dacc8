import type Docker from 'dockerode';
import { OpsError } from '../../../core/errors.ts';
import type { Code, CodeFolder, CodeSource } from '../../../core/pr-environments/engine.ts';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import { chainIds, historySchema, imageConfig, type Image } from '../../../core/pr-environments/image/config.ts';
import { LAYERS_LABEL, writeCode, type ImageLayer } from '../../../core/pr-environments/image/labels.ts';
import { layerOrder, placeOf } from '../../../core/pr-environments/image/layer.ts';
import { bytesText } from '../../../core/text.ts';
import { ask } from '../ask.ts';
import { requireImage } from '../images.ts';
import { labelsOf } from '../labels.ts';
import { knownCode, type Known } from './known.ts';
import { writeLayer } from './layer.ts';
import { findImage, loadImage } from './load.ts';
import { requirementsImage } from './requirements.ts';
import { sha256 } from './sha256.ts';
import type { Spool } from './spool.ts';

export interface CodeImageRequest {
  attempt: Attempt;
  source: CodeSource;
  /** The image that Odoo stands on: by digest, tag or id. */
  base: string;
  /** Where the repository lies in containers: `/workspaces/odoo`. */
  workspaceFolder: string;
  /** ISO 8601; of the cached image with the Python requirements. */
  expiresAt: string;
  /** Folder for layers on their way; nothing is left there. */
  scratch: string;
  report: (line: string) => void;
}

interface Layer extends ImageLayer {
  folder: CodeFolder;
  reused: boolean;
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
  const { attempt, source, report, workspaceFolder } = request;
  await requireImage({ connection: { docker } }, request.base, signal);
  const base = await requireInspected(docker, request.base, signal);
  const beneath = await requirementsImage(docker, { ...request, base }, signal);
  const known = await knownCode(docker, attempt.identity.project, signal);
  const spools = new Map<CodeFolder, Spool>();
  try {
    const content = async (folder: CodeFolder): Promise<Spool> => {
      const spool = spools.get(folder) ?? (await writeLayer(source, folder, request, signal));
      spools.set(folder, spool);
      return spool;
    };
    const layers = await layersOf(request, beneath, known, content);
    const image = await requireCodeImage(docker, { request, beneath, known, layers, content }, signal);
    return {
      id: image,
      base: base.RepoDigests?.[0] ?? base.Id,
      addons_path: source.folders.map(({ path }) => placeOf(workspaceFolder, path)),
      layers: layers.map(({ folder, digest, bytes, reused }) => ({ name: folder.path, digest, bytes, reused })),
    };
  } catch (error) {
    if (signal.aborted) report('Cancelled: the engine keeps nothing of it.');
    throw error;
  } finally {
    for (const spool of spools.values()) await spool.close();
  }
}

async function requireInspected(docker: Docker, reference: string, signal: AbortSignal): Promise<Image> {
  const image = await findImage(docker, reference, signal);
  if (image) return image;
  throw new OpsError('failed', `The image ${reference} was removed just now.`, { hint: 'Try again.' });
}

/** What each folder is as a layer; only what the engine does not have is read. */
async function layersOf(
  { source, workspaceFolder, report }: CodeImageRequest,
  beneath: Image,
  known: Known,
  content: (folder: CodeFolder) => Promise<Spool>,
): Promise<Layer[]> {
  const layers: Layer[] = [];
  let below = belowOf(beneath);
  for (const folder of layerOrder(source.folders)) {
    const place = placeOf(workspaceFolder, folder.path);
    const before = known.layer(place, folder.tree);
    const reused = before !== undefined && known.hasChain(chainOn(below, before.digest));
    const { digest, bytes } = reused ? before : await content(folder);
    below = chainOn(below, digest);
    layers.push({ folder, place, tree: folder.tree, digest, bytes, reused });
    report(`${folder.path}: ${bytesText(bytes)}, ${reused ? 'the engine has it' : 'new'}`);
  }
  return layers;
}

const chainOn = (below: string | null, digest: string): string => chainIds(below, [digest], sha256)[0] ?? digest;
const belowOf = ({ RootFS }: Image): string | null => chainIds(null, RootFS.Layers, sha256).at(-1) ?? null;

interface Making {
  request: CodeImageRequest;
  beneath: Image;
  known: Known;
  layers: readonly Layer[];
  content: (folder: CodeFolder) => Promise<Spool>;
}

/** @returns the id of the image that has exactly these layers and labels: the one that is there, or one that is loaded */
async function requireCodeImage(
  docker: Docker,
  { request, beneath, known, layers, content }: Making,
  signal: AbortSignal,
): Promise<string> {
  const { attempt, source, report } = request;
  const { project } = attempt.identity;
  const tag = `odoo-ops/${project}/code:${source.commit}`;
  const created = new Date(source.committed_at).toISOString();
  const stamp = { project, number: null, attempt: null, commit: source.commit, branch: null, created_at: created, expires_at: null };
  const code = {
    base: beneath.Id,
    below: belowOf(beneath),
    layers: layers.map(({ place, tree, digest, bytes }) => ({ place, tree, digest, bytes })),
  };
  const labels = { ...labelsOf('code', stamp), [LAYERS_LABEL]: writeCode(code) };
  const same = known.images.find(
    ({ RepoTags, Labels }) => RepoTags?.includes(tag) && Object.entries(labels).every(([key, value]) => Labels?.[key] === value),
  );
  if (same) {
    report(`Image ${tag} is there already.`);
    return same.Id;
  }
  const history = historySchema.parse(await ask('Look at the history of the base', signal, () => docker.getImage(beneath.Id).history()));
  const config = imageConfig({ base: beneath, history, created, layers, labels });
  const loaded = await loadImage(
    docker,
    { base: beneath, config, tag, layers, report, content: (index) => content(layers[index]!.folder) },
    signal,
  );
  report(`Image ${tag} is loaded.`);
  return loaded.Id;
}
