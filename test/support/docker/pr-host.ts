import { randomBytes } from 'node:crypto';
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
import { clearEngine, dockerSettings } from './settings.ts';

const { signal } = new AbortController();
const TOKEN = { gitHubToken: null };

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

export interface PrHostOptions {
  /** More of `pull_requests:`, as lines of YAML. */
  settings?: readonly string[];
  /** Whether the database server has pg_dump and pg_restore beside it. */
  programs?: boolean;
  /** Adds what the repository holds beside the sample, before anything is pushed. */
  fill?: (root: string) => void;
}

export async function startPrHost(folder: string, { settings = [], programs = false, fill }: PrHostOptions = {}): Promise<PrHost> {
  const [image, postgres, sample, ports] = await Promise.all([
    testImage(),
    startPostgres({ programs }),
    gitHubSample(folder),
    freePorts(2),
  ]);
  const { root, github, origin } = sample;
  const config = `version: 1
odoo: { version: "19.0" }
environments: { staging: { database_url_env: STAGING_DATABASE_URL } }
control_plane: { client_id: test-${randomBytes(3).toString('hex')} }
pull_requests:
${[...dockerSettings(image, postgres, ports), ...settings].map((line) => `  ${line}\n`).join('')}`;
  write(root, { 'odoo-ops.yml': config });
  fill?.(root);
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
    port: ports[0] ?? 0,
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
      await clearEngine(project);
      await postgres.stop();
      await github.stop();
    },
  };
}
