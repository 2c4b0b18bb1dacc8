import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { pack } from 'tar-stream';

const run = promisify(execFile);
const STAND_IN = join(import.meta.dirname, '../../fixtures/odoo-stand-in');
const HASH = 'odoo-ops-test.hash';
const BASE = 'odoo-ops-test/base:1';
/** What `debian.sh` makes. */
const DEBIAN = 'odoo-ops-test/debian:1';

/** An image that Odoo runs in, as a test's configuration names it. */
export interface TestImage {
  image: string;
  command: string[];
  user: string;
  /** Whether a real Odoo 19 is in it, or the stand-in. */
  real: boolean;
}

const files = (): string[] =>
  readdirSync(STAND_IN, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

async function labelOf(docker: Docker, image: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(image).inspect()).Config.Labels[HASH];
  } catch {
    return undefined;
  }
}

/** The Debian of `debian.sh` with the stand-in in it; anew where a file of the stand-in changed. */
async function makeBase(docker: Docker): Promise<void> {
  const hash = createHash('sha256');
  const context = pack();
  for (const file of files()) {
    const text = readFileSync(file);
    const name = relative(STAND_IN, file);
    hash.update(`${name}\0${text.length}\0`).update(text);
    context.entry({ name: `stand-in/${name}`, mode: name === 'odoo' ? 0o755 : 0o644 }, text);
  }
  const id = hash.digest('hex');
  if ((await labelOf(docker, BASE)) === id) return;
  await run(join(import.meta.dirname, 'debian.sh'), { timeout: 600_000 });
  const lines = [
    `FROM ${DEBIAN}`,
    'COPY stand-in /usr/lib/odoo-stand-in',
    'RUN ln -sf /usr/lib/odoo-stand-in/odoo /usr/local/bin/odoo',
    `LABEL ${HASH}=${id}`,
  ];
  context.entry({ name: 'Dockerfile' }, lines.join('\n'));
  context.finalize();
  const answer = await docker.buildImage(context as unknown as NodeJS.ReadableStream, { t: BASE });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(answer, (error, events: { error?: string }[]) => {
      const failure = error?.message ?? events.find((event) => event.error !== undefined)?.error;
      if (failure === undefined) resolve();
      else reject(new Error(`The tests' base image could not be built: ${failure}`));
    });
  });
}

let made: Promise<string> | undefined;

/** Debian with the stand-in for Odoo, made here where it is not there yet. @returns its name */
export function baseImage(docker: Docker = new Docker()): Promise<string> {
  made ??= makeBase(docker).then(() => BASE);
  return made;
}

/**
 * The image of the tests: `TEST_ODOO_IMAGE` where it names one with a real Odoo 19 (such as `odoo-real:19`, Odoo in /opt/odoo), else one
 * made here with the stand-in.
 */
export async function testImage(docker?: Docker): Promise<TestImage> {
  const real = process.env['TEST_ODOO_IMAGE'] ?? '';
  if (real !== '') return { image: real, command: ['/usr/bin/python3', '/opt/odoo/odoo-bin'], user: 'odoo', real: true };
  return { image: await baseImage(docker), command: ['odoo'], user: 'odoo', real: false };
}

/** Why there can be no test with Docker here; null where an engine answers, and has the tests' image or can be given it. */
export async function whyNoDocker(docker: Docker = new Docker()): Promise<string | null> {
  try {
    await docker.ping();
  } catch (error) {
    return `no Docker engine answers here (${error instanceof Error ? error.message : String(error)})`;
  }
  if ((await labelOf(docker, BASE)) !== undefined || spawnSync('docker', ['image', 'inspect', DEBIAN]).status === 0) return null;
  const canMake = process.getuid?.() === 0 && ['docker', 'debootstrap'].every((name) => spawnSync(name, ['--version']).error === undefined);
  return canMake ? null : 'the base image of the tests is made by root, with docker and debootstrap';
}
