import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { environmentPaths } from '../../../src/adapters/odoo/engine/layout.ts';
import { environmentTopic } from '../../../src/core/evidence/folder.ts';
import { runAct } from '../../../src/runtime/evidence/act.ts';
import { environmentLogs, type LogOptions } from '../../../src/runtime/pr-environments/logs.ts';
import { projectOf } from '../../../src/runtime/pr-environments/platform.ts';
import { cli } from '../../support/cli.ts';
import { environmentDown, environmentPlan, environmentUp } from '../../support/environment-deliveries.ts';
import { attemptOf } from '../../support/pr-database.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { commit, git, sampleIn, write } from '../../support/sample.ts';
import { stored } from '../../support/stored.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { opened, type Opened } from '../../support/workspace.ts';

const CONFIG = 'version: 1\npull_requests: { engine: process }\n';
const NUMBER = 12;

/** A file, with the folders above it. */
function put(path: string, text: string, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('the log of an environment', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  let workspace: Opened;
  let variables: Record<string, string>;
  let told: string[];
  beforeEach(async () => {
    const base = folder();
    const { root, origin } = sampleIn(base);
    write(root, { 'odoo-ops.yml': CONFIG });
    commit(root, 'Processes');
    git(root, ['push', '--quiet', origin, 'HEAD:main']);
    git(root, ['fetch', '--quiet', origin, '+refs/heads/*:refs/remotes/origin/*']);
    const home = join(base, 'odoo');
    put(join(home, 'odoo-bin'), '', 0o755);
    const python = put(join(base, 'python'), `#!/bin/sh\nprintf '%s\\n\\n' '${home}/odoo/release.py'\n`, 0o755);
    // The database server is not asked for logs.
    variables = { ODOO_HOME: home, ODOO_PYTHON: python, ODOO_OPS_RUN_AS: 'nobody', ODOO_OPS_PR_DATABASE_URL: 'postgres://127.0.0.1:1/x' };
    workspace = await opened(root, variables);
    told = [];
  });

  const { signal } = new AbortController();
  const options = (more: Partial<LogOptions> = {}): LogOptions => ({
    tail: 10,
    follow: false,
    gitHubToken: null,
    onLine: (line) => void told.push(line),
    onNote: (note) => void told.push(`# ${note}`),
    ...more,
  });
  const logs = (more: Partial<LogOptions> = {}, stop = signal) => environmentLogs(workspace, NUMBER, options(more), stop);

  /** An Odoo that is stopped, with its log. */
  async function makeEnvironment(log: string): Promise<void> {
    const project = await projectOf(workspace, workspace.config);
    const { stamp, identity } = attemptOf(NUMBER, project);
    const paths = environmentPaths(join(workspace.stateFolder, 'environments'), identity);
    put(paths.odoo, JSON.stringify({ kind: 'odoo', stamp, database: identity.database, code: '/nowhere', process: null }));
    put(paths.configuration, '[options]\n');
    put(paths.log, log);
  }
  const built = (name: string, during: (write: (line: string) => void) => Promise<unknown>) =>
    runAct(workspace, environmentTopic(NUMBER), environmentPlan(NUMBER), async (session) => {
      await during(session.log(name));
      return { result: 'failed', message: 'It was not made.', outcome: null };
    });

  it('is that of its Odoo', async () => {
    await stored(workspace, environmentUp(1, NUMBER), { 'modules.log': 'of the build\n' });
    await makeEnvironment('one\ntwo\nthree\n');
    await logs({ tail: 2 });
    assert.deepEqual(told, ['two', 'three']);
  });

  it('is what is on record where nothing of it is left: with its folder, and the last lines of each log', async () => {
    await stored(workspace, environmentUp(1, 11), { 'act.log': 'of another\n' });
    const place = await stored(workspace, environmentUp(2, NUMBER, { result: 'failed', outcome: null }), {
      'act.log': 'a\nb\nc\n',
      'odoo.log': 'CRITICAL\n',
    });
    await logs({ tail: 2 });
    assert.deepEqual(told, [`# ${place}: build failed`, '==> act.log <==', 'b', 'c', '', '==> odoo.log <==', 'CRITICAL']);
    const removal = await stored(workspace, environmentDown(3, NUMBER), { 'act.log': 'gone\n' });
    told = [];
    await logs({ follow: true });
    assert.deepEqual(told, [`# ${removal}: removal passed`, '==> act.log <==', 'gone']);
  });

  it('is refused where there is neither', async () => {
    await rejectsWith(logs(), 'usage', 'There is no environment of pull request 12.');
    await rejectsWith(logs({ follow: true }), 'usage', 'There is no environment of pull request 12.');
  });

  it('is that of the build that runs, and then of the Odoo that it started', async () => {
    let coming = true;
    const controller = new AbortController();
    const following = logs({ follow: true, isBuildComing: () => coming }, controller.signal);
    await built('modules.log', async (say) => {
      coming = false;
      say('loading');
      await until('the line to be followed', () => told.includes('loading'));
      await logs();
      assert.match(told.find((line) => line.includes(': build runs')) ?? '', /^# web\/docs\/evidence\/\S+\/pr-12: build runs$/);
      assert.match(told.at(-1) ?? '', /loading$/);
      await makeEnvironment('up\n');
    });
    await until('the log of Odoo', () => told.includes('up'));
    controller.abort();
    await following;
    assert.deepEqual(told.slice(told.indexOf('# The build has ended.')), ['# The build has ended.', 'up']);
  });

  it('ends with a build that failed, and tells its log once', async () => {
    let following: Promise<void> | undefined;
    await built('modules.log', async (say) => {
      say('broken');
      following = logs({ follow: true });
      await until('the line to be followed', () => told.includes('broken'));
    });
    await following;
    assert.equal(told.filter((line) => line.includes('broken')).length, 1);
    assert.equal(told.at(-1), '# The build has ended.');
  });

  it('does nothing to the terminal that it is printed to, and is raw as JSON', async () => {
    await makeEnvironment('\u001b[2J\u001b]0;title\u0007x ERROR y\n');
    const plain = await cli(workspace.root, ['pr', 'logs', '12'], { env: variables });
    assert.deepEqual([plain.code, plain.stdout], [0, ' [2J ]0;title x ERROR y\n'], plain.stderr);
    const raw = await cli(workspace.root, ['pr', 'logs', '12', '--json'], { env: variables });
    assert.deepEqual(JSON.parse(raw.stdout), { line: '\u001b[2J\u001b]0;title\u0007x ERROR y' });
  });
});
