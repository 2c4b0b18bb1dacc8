import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { OpsError } from '../../../core/errors.ts';
import type { CodeSource } from '../../../core/pr-environments/engine.ts';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import type { Image } from '../../../core/pr-environments/image/config.ts';
import { dockerfile, installsNothing, REQUIREMENTS_FILE } from '../../../core/pr-environments/image/requirements.ts';
import { sharedStamp } from '../../../core/pr-environments/thing.ts';
import { ask } from '../ask.ts';
import type { DockerConnection } from '../connect.ts';
import { labelsOf } from '../labels.ts';
import { inBuildNetwork } from './build-network.ts';
import { findImage } from './load.ts';
import { readProgress } from './progress.ts';
import { sha256 } from './sha256.ts';

/** Milliseconds for an installation of everything. */
const BUILDING = 1_800_000;
/** Milliseconds until a sweep takes what a build that was killed left: longer than one may take. */
const LEFT_AFTER = 3_600_000;
/** Bytes and cores: what an environment usually has, and room for a compiler. */
const MEMORY = 4 * 1024 ** 3;
const CORES = 2;
const CPU_PERIOD = 100_000;
/** Milliseconds for taking away what a failed one left. */
const CLEANING = 10_000;
/** The engine writes what a step says on stderr in red. */
const COLOUR = /\u001b\[[\d;]*m/g;
/** Lines of pip that tell why it failed. */
const LAST_WORDS = 20;
/** On every image of one build, so that a failed one takes its own away. */
const BUILD_LABEL = 'odoo-ops.build';

export interface RequirementsRequest {
  attempt: Attempt;
  source: CodeSource;
  product: DockerConnection['product'];
  base: Image;
  expiresAt: string;
  report: (line: string) => void;
}

/**
 * The base with the commit's Python requirements: made once for a base and a text, by the engine's own build. The commit's addons stand on it.
 * Its stamp has part `requirements`, number, attempt, commit and branch null, and says when it may go.
 *
 * Building runs code of strangers: each package's setup.py, as root of a container with the engine's usual rights. It is bounded in memory, CPU and
 * time, and sees no other container. What it can do all the same: reach the Internet (the packages come from there), and what this host and its
 * surroundings offer to every container, such as ports that listen on all addresses; fill the engine's disk; start processes without number, which
 * the engine's own build cannot bound; and change any file of the image, Odoo's too. So what is in the image is trusted as little as the code that
 * stands on it, and no secret comes near a build.
 * @returns the base itself where there is nothing to install
 * @throws OpsError `failed` with pip's last lines
 */
export async function requirementsImage(docker: Docker, request: RequirementsRequest, signal: AbortSignal): Promise<Image> {
  const { attempt, source, product, base, expiresAt, report } = request;
  const { requirements } = source;
  if (requirements === null || installsNothing(requirements)) return base;
  const text = dockerfile(base);
  const { project } = attempt.identity;
  const tag = `odoo-ops/${project}/requirements:${sha256(`${text}\0${requirements}`)}`;
  const before = await findImage(docker, tag, signal);
  if (before) {
    report('Python requirements: the engine has them.');
    return before;
  }
  report('Python requirements: they are new, and are installed once.');
  const labels = { ...labelsOf('requirements', sharedStamp(project, { expires_at: expiresAt })), [BUILD_LABEL]: attempt.id };
  const files = { Dockerfile: dockerfile(base, labels), [REQUIREMENTS_FILE]: requirements };
  try {
    const until = new Date(Date.now() + LEFT_AFTER).toISOString();
    await inBuildNetwork({ docker, product }, attempt, until, (network) => build(docker, { files, tag, network, report }, signal), signal);
  } catch (error) {
    await removeSteps(docker, attempt);
    throw error;
  }
  const image = await findImage(docker, tag, signal);
  if (image) return image;
  throw new OpsError('failed', `The image ${tag} was removed just now.`, { hint: 'Try again.' });
}

interface BuildRequest {
  files: Readonly<Record<string, string>>;
  tag: string;
  network: string | null;
  report: (line: string) => void;
}

async function build(docker: Docker, { files, tag, network, report }: BuildRequest, signal: AbortSignal): Promise<void> {
  const context = pack();
  for (const [name, text] of Object.entries(files)) context.entry({ name, mtime: new Date(0) }, text);
  context.finalize();
  const last: string[] = [];
  const onLine = (coloured: string) => {
    const line = coloured.replace(COLOUR, '').trimEnd();
    if (line === '') return;
    report(line);
    last.push(line);
    if (last.length > LAST_WORDS) last.shift();
  };
  try {
    await ask(
      'Install the Python requirements',
      signal,
      async ({ abortSignal }) => {
        const answer = await docker.buildImage(context as unknown as NodeJS.ReadableStream, {
          t: tag,
          rm: true,
          forcerm: true,
          memory: MEMORY,
          memswap: MEMORY,
          cpuperiod: CPU_PERIOD,
          cpuquota: CORES * CPU_PERIOD,
          ...(network === null ? {} : { networkmode: network }),
          abortSignal,
        });
        await readProgress(answer, abortSignal, onLine);
      },
      BUILDING,
    );
  } catch (error) {
    throw error instanceof OpsError && error.code === 'failed' ? explained(error, last) : error;
  }
}

/** What a build that failed left of its steps; whatever does not go in time bears our stamp, and goes with the sweep. */
async function removeSteps(docker: Docker, { id }: Attempt): Promise<void> {
  const filters = JSON.stringify({ label: [`${BUILD_LABEL}=${id}`] });
  const abortSignal = AbortSignal.timeout(CLEANING);
  while (!abortSignal.aborted) {
    const steps = await docker.listImages({ all: true, filters, abortSignal }).catch(() => []);
    if (steps.length === 0) return;
    // The newest first: it stands on the others. The engine may still be taking away the container that runs in it.
    for (const { Id } of steps)
      await docker
        .getImage(Id)
        .remove({ abortSignal })
        .catch(() => undefined);
    await setTimeout(200, undefined, { signal: abortSignal }).catch(() => undefined);
  }
}

function explained(error: OpsError, lines: readonly string[]): OpsError {
  const reason = lines.findLast((line) => /^\s*error:/i.test(line))?.trim() ?? error.message;
  return new OpsError('failed', `The Python requirements cannot be installed: ${reason}`, {
    hint: 'See the last lines of pip; `pull_requests.odoo.requirements` in odoo-ops.yml names the file.',
    details: { lines },
    cause: error,
  });
}
