import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startEmbedded, stopEmbedded } from '../../src/adapters/postgres/embedded.ts';
import { commit, git, makeSampleRepository, write } from '../fixtures/sample-repository.ts';
import { startGitHub, type GitHubServer } from '../support/github-server/server.ts';
import { STRANGER } from '../support/github-server/state.ts';

const run = promisify(execFile);
const PYTHON = '/usr/bin/python3';

/** A title that tries what a title may try. */
export const HOSTILE = 'Win a **prize** [now](command:workbench.action.quit) <img src=x> https://evil.example \u202e99#';

/** A team with open pull requests on GitHub, a PostgreSQL server, and an Odoo for processes of this machine. */
export interface PrWorld {
  workspace: string;
  github: GitHubServer;
  /** For the window: all that it needs to find the others. */
  env: Record<string, string | undefined>;
  /** Cuts the way to the database server, or opens it again. */
  cutDatabase: (away: boolean) => void;
  stop: () => Promise<void>;
}

/** Why there can be none on this machine; undefined where there can. */
export async function missingForPrWorld(): Promise<string | undefined> {
  if (process.env['ODOO_HOME']) return undefined;
  return run(PYTHON, ['-c', 'import psycopg2']).then(
    () => undefined,
    () => `ODOO_HOME is not set, and ${PYTHON} has no psycopg2 for the stand-in`,
  );
}

/** @returns folder and interpreter of a real Odoo where ODOO_HOME names one, else of the stand-in, where everybody reaches it */
async function odooIn(folder: string): Promise<Record<string, string>> {
  const { ODOO_HOME, ODOO_PYTHON = PYTHON } = process.env;
  if (ODOO_HOME) return { ODOO_HOME, ODOO_PYTHON };
  const home = join(folder, 'odoo');
  cpSync(new URL('../fixtures/odoo-stand-in', import.meta.url), home, { recursive: true });
  // As a source tree of Odoo is found: by its program, its package, and what that imports. The stand-in imports none of it.
  renameSync(join(home, 'odoo'), join(home, 'odoo-bin'));
  for (const name of ['odoo', 'lxml', 'werkzeug', 'passlib', 'babel', 'dateutil', 'psutil']) {
    mkdirSync(join(home, name));
    writeFileSync(join(home, name, '__init__.py'), '');
  }
  writeFileSync(join(home, 'odoo', 'release.py'), "version = '19.0'\n");
  await run('chmod', ['-R', 'a+rX', home]);
  return { ODOO_HOME: home, ODOO_PYTHON: PYTHON };
}

const CONFIG = `
pull_requests:
  engine: process
  odoo: { requirements: null, fresh_modules: [base, web] }
`;

/** What makes the build of a branch red: Odoo cannot install it, and takes its time to find out. */
const BROKEN = {
  'addons/ipai/ipai_rounding/__manifest__.py':
    '{"name": "Rounding", "version": "19.0.1.0.0", "license": "LGPL-3", "depends": ["base"], "data": ["data/rounding.sql"]}\n',
  'addons/ipai/ipai_rounding/data/rounding.sql': 'select pg_sleep(3);\nupdate account_move set rounded = true;\n',
};

interface Way {
  url: string;
  cut: (away: boolean) => void;
  close: () => Promise<void>;
}

/** A way to a server that can be cut. */
async function wayTo(server: URL): Promise<Way> {
  const sockets = new Set<Socket>();
  let isAway = false;
  const forward = createServer((client) => {
    const target = connect(Number(server.port), server.hostname);
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one));
      one.pipe(other);
    }
    if (isAway) client.destroy();
  });
  await new Promise<void>((resolve) => forward.listen(0, '127.0.0.1', resolve));
  const url = new URL(server);
  url.port = String((forward.address() as AddressInfo).port);
  const cutAll = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: url.href,
    cut: (away) => {
      isAway = away;
      if (away) cutAll();
    },
    close: () =>
      new Promise((resolve) => {
        forward.close(() => resolve());
        cutAll();
      }),
  };
}

/** Of each branch a pull request, in this order: #1 is well, #2 cannot be installed, #3 is a draft, #4 comes from a fork. */
export async function makePrWorld(folder: string): Promise<PrWorld> {
  chmodSync(folder, 0o755); // Odoo may run as another user
  mkdirSync(join(folder, 'team'));
  const { root, origin } = makeSampleRepository(join(folder, 'team'), new Date(Date.now() - 7_200_000));
  const push = (branch: string) => git(root, ['push', '--quiet', 'origin', branch]);
  writeFileSync(join(root, 'odoo-ops.yml'), `${readFileSync(join(root, 'odoo-ops.yml'), 'utf8')}${CONFIG}`);
  commit(root, 'PR environments', undefined, new Date(Date.now() - 3_600_000).toISOString());
  push('main');
  git(root, ['switch', '--quiet', 'fix/invoice-rounding']);
  write(root, BROKEN);
  commit(root, 'Invoice: round in the database', undefined, new Date(Date.now() - 1_800_000).toISOString());
  push('fix/invoice-rounding');
  git(root, ['switch', '--quiet', '--create', 'feature/stock-labels', 'main']);
  commit(root, 'Stock: labels with a QR code', undefined, new Date(Date.now() - 600_000).toISOString());
  push('feature/stock-labels');
  git(root, ['switch', '--quiet', 'main']);

  const github = await startGitHub({ repository: origin });
  const { state } = github;
  state.openPull({ branch: 'feature/loyalty-points', title: 'Loyalty: points expire after a year' });
  state.openPull({ branch: 'fix/invoice-rounding', title: 'Invoice: round once, at the total' });
  state.openPull({ branch: 'feature/stock-labels', title: 'Stock: labels with a QR code', draft: true });
  const head = git(origin, ['rev-parse', 'feature/stock-labels']);
  state.openPull({ branch: 'main', title: HOSTILE, author: STRANGER, fork: 'mallory/odoo', forkHead: head });
  state.rollups.set(git(origin, ['rev-parse', 'feature/loyalty-points']), 'SUCCESS');
  state.rollups.set(git(origin, ['rev-parse', 'fix/invoice-rounding']), 'FAILURE');
  git(root, ['remote', 'set-url', 'origin', github.remote]);

  const stateFile = join(folder, 'postgres.json');
  const { signal } = new AbortController();
  const { url } = await startEmbedded(stateFile, signal);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // As PR environments ask for: no role connects where it has nothing to do.
  await client.query('revoke connect on database template1 from public').finally(() => client.end());
  const way = await wayTo(new URL(url));
  return {
    workspace: root,
    github,
    env: {
      ...github.environment,
      ...(await odooIn(folder)),
      ODOO_OPS_RUN_AS: process.env['ODOO_OPS_RUN_AS'] ?? 'nobody',
      ODOO_OPS_PR_DATABASE_URL: way.url,
      DATABASE_URL: undefined,
    },
    cutDatabase: way.cut,
    stop: async () => {
      await github.stop();
      await way.close();
      await stopEmbedded(stateFile, true, signal);
    },
  };
}
