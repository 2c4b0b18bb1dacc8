import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import Docker from 'dockerode';
import { gitIn } from '../../../src/adapters/git/git.ts';
import { commitWithMessage } from '../../../src/adapters/git/history.ts';
import { buildCodeImage } from '../../../src/adapters/docker/image/build.ts';
import { configSchema } from '../../../src/core/config/schema.ts';
import type { Code, CodeSource } from '../../../src/core/pr-environments/engine.ts';
import type { Attempt } from '../../../src/core/pr-environments/identity.ts';
import { codeSource } from '../../../src/runtime/pr-environments/code-source.ts';
import { shaSchema } from '../../../src/core/repository/names.ts';
import { git } from '../sample.ts';

const never = new AbortController().signal;

interface SourceOptions {
  revision?: string;
  signal?: AbortSignal;
  /** File with Python requirements: the usual base of the tests has no pip. */
  requirements?: string | null;
}

/** The code of a revision, as a build takes it in. */
export async function sourceOf(
  root: string,
  { revision = 'HEAD', signal = never, requirements = null }: SourceOptions = {},
): Promise<CodeSource> {
  const repository = gitIn(root, signal);
  const sha = shaSchema.parse(git(root, ['rev-parse', revision]));
  return codeSource(
    repository,
    await commitWithMessage(repository, sha),
    configSchema.parse({ pull_requests: { odoo: { requirements } } }),
  );
}

export interface ImageTest {
  docker: Docker;
  project: string;
  build: (source: CodeSource, options?: { base?: string; signal?: AbortSignal; lines?: string[] }) => Promise<Code>;
  /** Images that bear the stamp of this test's project, of every step too. */
  images: () => Promise<Docker.ImageInfo[]>;
  clean: () => Promise<void>;
}

/** Code images of a project of its own, on the real engine. */
export function imageTest(name: string, base: string, docker = new Docker()): ImageTest {
  const project = `${name}-${randomBytes(3).toString('hex')}`;
  const images = () => docker.listImages({ all: true, filters: JSON.stringify({ label: [`odoo-ops.project=${project}`] }) });
  return {
    docker,
    project,
    images,
    build: (source, { base: other = base, signal = never, lines = [] } = {}) => {
      const identity = { project, number: 1, host: 'pr-1.localhost', name: `odoo-ops-${project}-pr-1`, database: 'odoo_ops_pr_1' };
      const stamp = {
        project,
        number: 1,
        attempt: name,
        commit: source.commit,
        branch: 'b',
        created_at: new Date().toISOString(),
        engine: 'here',
        expires_at: null,
      };
      const attempt: Attempt = { identity, id: `${project}-attempt`, commit: source.commit, stamp };
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const report = (line: string) => lines.push(line);
      return buildCodeImage(
        docker,
        { attempt, source, product: 'docker', base: other, workspaceFolder: '/workspaces/odoo', expiresAt, report },
        signal,
      );
    },
    clean: async () => {
      for (const { Id } of await images())
        await docker
          .getImage(Id)
          .remove({ force: true })
          .catch(() => undefined);
    },
  };
}

/** What a program says in a new container of an image. @throws Error where it ends with another code than 0 */
export async function runIn(docker: Docker, image: string, command: readonly string[], user = 'odoo'): Promise<string> {
  const container = await docker.createContainer({ Image: image, Cmd: [...command], Entrypoint: [], User: user, NetworkDisabled: true });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const said = await container.logs({ stdout: true, stderr: true, follow: true });
    const parts: Buffer[] = [];
    for (let rest = await buffer(said); rest.length > 8;) {
      const end = 8 + rest.readUInt32BE(4);
      parts.push(rest.subarray(8, end));
      rest = rest.subarray(end);
    }
    const text = Buffer.concat(parts).toString('utf8');
    if (StatusCode !== 0) throw new Error(`${command.join(' ')} ended with ${StatusCode}: ${text}`);
    return text;
  } finally {
    await container.remove({ force: true });
  }
}
