import type Docker from 'dockerode';
import { OpsError } from '../../../core/errors.ts';
import type { Code, CodeSource } from '../../../core/pr-environments/engine.ts';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import { layerOrder, placeOf } from '../../../core/pr-environments/image/layer.ts';
import { cancelled } from '../ask.ts';
import type { DockerConnection } from '../connect.ts';
import { requireImage } from '../images.ts';
import { requireCodeImage } from './code-image.ts';
import { knownCode } from './known.ts';
import { findImage } from './load.ts';
import { requirementsImage } from './requirements.ts';

export interface CodeImageRequest {
  attempt: Attempt;
  source: CodeSource;
  product: DockerConnection['product'];
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
  try {
    return await build(docker, request, signal);
  } catch (error) {
    throw signal.aborted ? cancelled(signal) : error;
  }
}

async function build(docker: Docker, request: CodeImageRequest, signal: AbortSignal): Promise<Code> {
  const { attempt, source, workspaceFolder, report } = request;
  const { project } = attempt.identity;
  await requireImage({ connection: { docker } }, request.base, signal);
  const base = await findImage(docker, request.base, signal);
  if (!base) throw new OpsError('failed', `The image ${request.base} was removed just now.`, { hint: 'Try again.' });
  const beneath = await requirementsImage(docker, { ...request, base }, signal);
  const known = await knownCode(docker, project, signal);
  const folders = layerOrder(source.folders).map((folder) => ({ folder, place: placeOf(workspaceFolder, folder.path) }));
  const { id, layers } = await requireCodeImage(docker, { project, source, workspaceFolder, beneath, known, folders, report }, signal);
  return {
    id,
    base: base.RepoDigests?.[0] ?? base.Id,
    addons_path: source.folders.map(({ path }) => placeOf(workspaceFolder, path)),
    layers: layers.map(({ folder, digest, bytes, reused }) => ({ name: folder.path, digest, bytes, reused })),
  };
}
