import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../../src/adapters/files/hash.ts';
import { projectName } from '../../src/core/pr-environments/names.ts';
import { commit, git, write } from '../fixtures/sample-repository.ts';
import { SAMPLE_FILES } from '../fixtures/sample-files.ts';
import { askHost } from '../support/caddy.ts';
import { testImage } from '../support/docker/base-image.ts';
import { freePorts } from '../support/docker/host.ts';
import { startPostgres } from '../support/docker/postgres.ts';
import { clearEngine, dockerSettings } from '../support/docker/settings.ts';
import { startGitHub } from '../support/github-server/server.ts';
import { DemoFailure, run, type Outcome, type Program } from './commands.ts';
import { openToEnvironments } from './control-plane.ts';
import { whyNoOdoo } from './odoo.ts';
import { heading, output, remark } from './screen.ts';

const PASSWORD = 'shown-in-a-demo-only';
const BRANCH = 'feature/loyalty-tiers';
const MODEL = 'addons/ipai/ipai_loyalty/models/res_partner.py';
const TIERS = `${SAMPLE_FILES[MODEL]?.trimEnd() ?? ''}\n\n    loyalty_tier = fields.Selection([("silver", "Silver"), ("gold", "Gold")])\n`;

/** Where the demo's environment runs. */
interface Ground {
  what: string;
  /** Of `pull_requests:`, as lines of YAML. */
  settings: string[];
  databaseUrl: string;
  /** After the environment is gone. */
  stop: (project: string) => Promise<void>;
}

async function onDocker(): Promise<Ground> {
  const [image, postgres, ports] = await Promise.all([testImage(), startPostgres(), freePorts(2)]);
  return {
    what: 'In a container behind a locked network, with PostgreSQL in another one.',
    settings: dockerSettings(image, postgres, ports),
    databaseUrl: postgres.url,
    stop: async (project) => {
      await clearEngine(project);
      await postgres.stop();
    },
  };
}

async function asProcess(root: string): Promise<Ground> {
  // As root Odoo runs as somebody else, who has to get to its check-out.
  if (process.getuid?.() === 0) chmodSync(dirname(root), 0o755);
  return {
    what: 'As a process of this machine, in the PostgreSQL of the control plane.',
    settings: ['engine: process', 'odoo: { requirements: null, fresh_modules: [base, web] }'],
    databaseUrl: await openToEnvironments(root),
    stop: () => Promise.resolve(),
  };
}

/** @returns where it can run here, or why nowhere */
function findGround(root: string): string | (() => Promise<Ground>) {
  const image = process.env['TEST_ODOO_IMAGE'] ?? '';
  if (image !== '' && spawnSync('docker', ['image', 'inspect', image]).status === 0) return onDocker;
  return whyNoOdoo() ?? (() => asProcess(root));
}

/** The login page, behind the door where there is one. @throws DemoFailure */
async function fetchLogin(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const headers = { authorization: `Basic ${Buffer.from(`preview:${PASSWORD}`).toString('base64')}` };
  const { status, body } = await askHost(Number(port), hostname, '/web/login', { headers });
  if (status !== 200 || !body.includes('name="password"'))
    throw new DemoFailure(`${url}/web/login answered ${status}, not the login page.`);
  return `GET ${url}/web/login: ${status}, ${(body.length / 1000).toFixed(1)} kB`;
}

/**
 * A pull request on a server that answers as GitHub does, and its environment: up, looked at, down.
 * @returns the outcomes, or why there are none
 */
export async function showPullRequest(program: Program, number: number): Promise<Outcome[] | string> {
  const start = findGround(program.root);
  if (typeof start === 'string') return start;
  heading(number, 'A running Odoo for a pull request');
  const { root } = program;
  const origin = join(dirname(root), 'origin.git');
  const [ground, github] = await Promise.all([start(), startGitHub({ repository: origin })]);
  const environment = { ...github.environment, ODOO_OPS_PR_DATABASE_URL: ground.databaseUrl, ODOO_OPS_PR_PASSWORD: PASSWORD };
  const ops = (args: string, more = program) =>
    run({ ...more, environment }, { args: args.split(' '), fold: { from: /^# /, to: /^[✓✗?] /, what: 'of the plan' } });
  try {
    remark(`${ground.what} A commit status and a comment tell GitHub; here a server that answers as GitHub does.`);
    git(root, ['pull', '--quiet', '--ff-only', origin, 'main']);
    write(root, {
      'odoo-ops.yml': `${SAMPLE_FILES['odoo-ops.yml']}pull_requests:\n${ground.settings.map((line) => `  ${line}\n`).join('')}`,
    });
    commit(root, 'PR environments');
    git(root, ['push', '--quiet', origin, 'main']);
    git(root, ['switch', '--quiet', '--create', BRANCH]);
    write(root, { [MODEL]: TIERS });
    commit(root, 'Loyalty: silver and gold');
    git(root, ['push', '--quiet', origin, BRANCH]);
    git(root, ['switch', '--quiet', 'main']);
    git(root, ['fetch', '--quiet', origin, '+refs/heads/*:refs/remotes/origin/*']);
    git(root, ['remote', 'set-url', 'origin', github.remote]);
    // The server lives in this process, which the next synchronous push would hold up.
    git(root, ['remote', 'set-url', '--push', 'origin', origin]);
    const { number: pull } = github.state.openPull({ branch: BRANCH, title: 'Loyalty: silver and gold' });
    const takeDown = (more?: Program) => ops(`pr down ${pull} --yes`, more);
    const outcomes = [await ops(`pr up ${pull}`)];
    try {
      const [, url = ''] = /<(http[^>]+)>/.exec(github.state.comments[0]?.body ?? '') ?? [];
      output(await fetchLogin(url));
      outcomes.push(await ops('pr list'));
    } catch (error) {
      // Also after Ctrl-C: nothing may run on without its folder.
      await takeDown({ ...program, signal: new AbortController().signal });
      throw error;
    }
    return [...outcomes, await takeDown(), await ops('pr sweep')];
  } finally {
    await ground.stop(projectName('default', github.remote, sha256));
    git(root, ['remote', 'set-url', 'origin', origin]);
    await github.stop();
  }
}
