import { randomBytes } from 'node:crypto';
import { connect } from '../../../src/adapters/docker/connect.ts';
import { listThings, removeThing } from '../../../src/adapters/docker/things.ts';
import { THING_KINDS } from '../../../src/core/pr-environments/thing.ts';
import { prepareDown, prepareUp } from '../../../src/runtime/pr-environments/prepare.ts';
import { openPlatform, type Platform } from '../../../src/runtime/pr-environments/platform.ts';
import { up } from '../../../src/runtime/pr-environments/up.ts';
import { down } from '../../../src/runtime/pr-environments/down.ts';
import type { ActResult } from '../../../src/runtime/evidence/act.ts';
import type { EnvironmentOutcome } from '../../../src/core/pr-environments/plan.ts';
import { gitHubSample, type GitHubSample } from '../github-server/repository.ts';
import { commit, git, write } from '../../fixtures/sample-repository.ts';
import { opened, type Opened } from '../workspace.ts';
import { testImage, type TestImage } from './base-image.ts';
import { freePorts } from './host.ts';
import { startPostgres, type DockerPostgres } from './postgres.ts';

const { signal } = new AbortController();
const TOKEN = { gitHubToken: null };

/** A catcher that prints what it gets, and a page on its own loopback as Mailpit has. */
const MAIL =
  'python3 -m http.server --bind 127.0.0.1 --directory /usr/share 8025 & exec python3 -u -m aiosmtpd -n -l 0.0.0.0:1025 -c aiosmtpd.handlers.Debugging stdout';

export const PASSWORD = 'open-sesame-to-a-test';

/** A team's repository on a GitHub, with a database server and a Docker engine: all that PR environments stand on, and all of it real. */
export interface PrHost extends GitHubSample {
  image: TestImage;
  postgres: DockerPostgres;
  /** The proxy's port of plain HTTP. */
  port: number;
  environment: Record<string, string>;
  open: (signal?: AbortSignal) => Promise<Opened>;
  platform: () => Promise<Platform>;
  up: (number: number) => Promise<ActResult & { outcome: EnvironmentOutcome }>;
  down: (number: number) => Promise<ActResult>;
  stop: () => Promise<void>;
}

export function outcomeOf({ record }: ActResult): EnvironmentOutcome {
  if (record.outcome?.act !== 'pr-environment') throw new Error(`The record has no outcome: ${record.message ?? ''}`);
  return record.outcome;
}

/** @param settings more of `pull_requests:`, as lines of YAML */
export async function startPrHost(folder: string, settings: readonly string[] = []): Promise<PrHost> {
  const [image, postgres, sample, [http = 0, https = 0]] = await Promise.all([
    testImage(),
    startPostgres(),
    gitHubSample(folder),
    freePorts(2),
  ]);
  const { root, github, origin } = sample;
  const config = `version: 1
odoo: { version: "19.0" }
environments: { staging: { database_url_env: STAGING_DATABASE_URL } }
control_plane: { client_id: test-${randomBytes(3).toString('hex')} }
pull_requests:
  host: pr-<number>-<slug>.pr.test
  engine: docker
  odoo: { command: [${image.command.join(', ')}], user: ${image.user}, requirements: null, fresh_modules: [base, mail] }
  images:
    odoo: ${image.image}
    proxy: ${image.image}
    mail: ${image.image}
    mail_command: [sh, -c, '${MAIL}']
  database: { container: ${postgres.container} }
  tls: off
  ports: { http: ${http}, https: ${https} }
${settings.map((line) => `  ${line}\n`).join('')}`;
  write(root, { 'odoo-ops.yml': config });
  commit(root, 'PR environments');
  git(root, ['push', '--quiet', origin, 'main:main']);
  git(root, ['fetch', '--quiet', origin, '+refs/heads/*:refs/remotes/origin/*']);
  git(root, ['remote', 'set-url', 'origin', github.remote]);
  // GitHub's server lives in this process: who waits for git synchronously goes past it.
  git(root, ['remote', 'set-url', '--push', 'origin', origin]);
  const environment = {
    ...github.environment,
    ODOO_OPS_PR_DATABASE_URL: postgres.url,
    ODOO_OPS_PR_PASSWORD: PASSWORD,
    STAGING_DATABASE_URL: postgres.url.replace(/\/postgres$/, '/staging'),
  };
  const open = (stopped?: AbortSignal) => opened(root, environment, stopped ?? signal);
  const platform = async () => openPlatform(await open(), TOKEN);
  // Asked now: at the end the folder may be gone already.
  const { project } = await platform();
  const withOutcome = (result: ActResult) => ({ ...result, outcome: outcomeOf(result) });
  return {
    ...sample,
    image,
    postgres,
    port: http,
    environment,
    open,
    platform,
    up: async (number) => {
      const workspace = await open();
      return withOutcome(await up(workspace, await prepareUp(workspace, number, { approve: null, ...TOKEN }), TOKEN));
    },
    down: async (number) => {
      const workspace = await open();
      return down(workspace, await prepareDown(workspace, number, TOKEN), TOKEN);
    },
    stop: async () => {
      const connection = await connect(process.env, signal);
      const host = { connection, settings: null as never };
      const things = await listThings(host, project, signal);
      for (const kind of THING_KINDS)
        for (const thing of things.filter((one) => one.kind === kind)) await removeThing(host, thing, signal).catch(() => false);
      await postgres.stop();
      await github.stop();
    },
  };
}
