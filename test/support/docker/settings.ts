import { connect } from '../../../src/adapters/docker/connect.ts';
import { listThings, removeThing } from '../../../src/adapters/docker/things.ts';
import { THING_KINDS } from '../../../src/core/pr-environments/thing.ts';
import type { TestImage } from './base-image.ts';
import type { DockerPostgres } from './postgres.ts';

/** A catcher that prints what it gets, and a page on its own loopback as Mailpit has. */
const MAIL =
  'python3 -m http.server --bind 127.0.0.1 --directory /usr/share 8025 & exec python3 -u -m aiosmtpd -n -l 0.0.0.0:1025 -c aiosmtpd.handlers.Debugging stdout';

/** Lines of `pull_requests:` by which environments stand on this machine's engine, with no more images than the one. */
export const dockerSettings = (
  { image, command, user }: TestImage,
  { container }: DockerPostgres,
  [http = 0, https = 0]: readonly number[],
): string[] => [
  'host: pr-<number>-<slug>.pr.test',
  'engine: docker',
  `odoo: { command: [${command.join(', ')}], user: ${user}, requirements: null, fresh_modules: [base, mail] }`,
  `images: { odoo: ${image}, proxy: ${image}, mail: ${image}, mail_command: [sh, -c, '${MAIL}'] }`,
  `database: { container: ${container} }`,
  'tls: off',
  `ports: { http: ${http}, https: ${https} }`,
];

/** Takes away all that bears the stamp of a project: the proxy and the catcher too. */
export async function clearEngine(project: string): Promise<void> {
  const { signal } = new AbortController();
  const host = { connection: await connect(process.env, signal), settings: null as never };
  const things = await listThings(host, project, signal);
  for (const kind of THING_KINDS)
    for (const thing of things.filter((one) => one.kind === kind)) await removeThing(host, thing, signal).catch(() => false);
}
