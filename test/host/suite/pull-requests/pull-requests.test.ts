import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../../src/extension/extension.ts';
import type { RowState } from '../../../../src/extension/pull-requests/state.ts';
import { until } from '../../until.ts';

const root = () => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const long = { timeoutMs: 60_000 };
const soon = { timeoutMs: 20_000 };

/** Asks the test outside to do something to the world, see pr-environments.test.ts. */
async function outside(what: string): Promise<void> {
  const file = join(root(), '.git', `please-${what}`);
  writeFileSync(file, '');
  await until(`${what} to be done`, () => !existsSync(file) || undefined, soon);
}

describe('pull requests and their environments', function () {
  this.timeout(90_000);
  let api: ExtensionApi;
  const row = (number: number) => api.pullRequests().rows.find((one) => one.number === number);
  const state = (number: number): RowState | undefined => row(number)?.doing?.what ?? row(number)?.environment?.state;
  const untilState = (number: number, wanted: RowState | undefined) =>
    until(`#${number} to be ${String(wanted)}`, () => state(number) === wanted || undefined, soon);
  const run = (command: string, target?: unknown) => vscode.commands.executeCommand(`odooOps.pullRequest.${command}`, target);

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('odoo-ops.odoo-ops');
    assert.ok(extension);
    api = await extension.activate();
    await until('GitHub to be asked', () => api.overview()?.gitHub === 'reachable' || undefined, soon);
  });

  it('asks nobody for environments before the view is seen, and knows the pull requests all the same', async () => {
    const { rows, state: environments } = api.pullRequests();
    assert.deepEqual(
      rows.map(({ key, pull }) => [key, pull?.checks, pull?.draft, pull?.fork]),
      [
        ['pr:4', 'none', false, true],
        ['pr:3', 'none', true, false],
        ['pr:2', 'failure', false, false],
        ['pr:1', 'success', false, false],
      ],
    );
    assert.equal(environments, 'loading');
    await vscode.commands.executeCommand('odooOps.builds.focus');
    await until('the environments', () => api.pullRequests().state === 'ready' || undefined, soon);
    assert.equal(state(1), 'absent');
  });

  it('starts nothing where the caller means another pull request', async () => {
    assert.equal(await run('up', { number: 1, confirm: 2 }), undefined);
    assert.equal(state(1), 'absent');
  });

  it('builds an environment, and shows its steps while it does', async () => {
    const steps = new Set<string>();
    const watch = setInterval(() => steps.add(row(1)?.doing?.step ?? ''), 20);
    let folder: unknown;
    try {
      folder = await run('up', { number: 1, confirm: 1 });
    } finally {
      clearInterval(watch);
    }
    assert.ok(existsSync(join(root(), String(folder), 'record.json')), String(folder));
    await untilState(1, 'running');
    assert.ok([...steps].filter((step) => step !== '').length >= 3, [...steps].join());
    const { environment } = row(1) ?? {};
    assert.equal(environment?.sha, row(1)?.pull?.head);
    assert.equal((await fetch(`${environment?.url ?? ''}/web/login`, { signal: AbortSignal.timeout(10_000) })).status, 200);
    assert.deepEqual(environment?.lacks.includes('egress-lock'), true);
  });

  it('copies the address', async () => {
    await run('copyUrl', { number: 1 });
    assert.equal(await vscode.env.clipboard.readText(), row(1)?.environment?.url);
  });

  it('follows the log in a terminal, one for each environment', async () => {
    await run('log', { number: 1 });
    await run('log', { number: 1 });
    const terminals = vscode.window.terminals.filter(({ name }) => name === 'Odoo #1');
    assert.equal(terminals.length, 1);
    terminals[0]?.dispose();
    await until('the terminal to be gone', () => !vscode.window.terminals.some(({ name }) => name === 'Odoo #1') || undefined, soon);
  });

  it('puts it to sleep and wakes it', async () => {
    const { url = '' } = row(1)?.environment ?? {};
    await run('stop', { number: 1 });
    await untilState(1, 'sleeping');
    await assert.rejects(fetch(url, { signal: AbortSignal.timeout(5_000) }));
    await run('wake', { number: 1 });
    await untilState(1, 'running');
    assert.equal((await fetch(`${url}/web/login`, { signal: AbortSignal.timeout(10_000) })).status, 200);
  });

  it('shows a branch that Odoo cannot install as red', async () => {
    await run('up', { number: 2, confirm: 2 });
    await until('it to be red', () => row(2)?.environment?.verdict === 'red' || undefined, long);
    assert.ok((row(2)?.environment?.lines.length ?? 0) > 0);
  });

  it('says why as a document, with the lines and links to its logs', async () => {
    await run('explain', { number: 2 });
    const shown = await until(
      'the document',
      () => vscode.workspace.textDocuments.find((open) => open.uri.scheme === 'odoo-ops' && open.getText().startsWith('# #2 Invoice')),
      soon,
    );
    assert.match(shown.getText(), /## What its log says\n```\n.*account_move/s);
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>('vscode.executeLinkProvider', shown.uri);
    const log = links.find(({ target }) => target?.path.endsWith('/modules.log'))?.target;
    assert.ok(log, links.map(({ target }) => target?.path).join());
    assert.match((await vscode.workspace.openTextDocument(log)).getText(), /account_move/);
  });

  it("does not run a stranger's code among processes of this machine", async () => {
    assert.equal(await run('up', { number: 4, confirm: 4, approve: row(4)?.pull?.head }), undefined);
    await until('it to be settled', () => row(4)?.doing === null || undefined, soon);
    assert.equal(state(4), 'absent');
  });

  it('keeps titles and checks while GitHub does not answer', async () => {
    await outside('silence-github');
    await api.refresh();
    const { rows, gitHubAwaySince } = api.pullRequests();
    assert.equal(api.overview()?.gitHub, 'unreachable');
    assert.ok(gitHubAwaySince);
    assert.deepEqual([rows.length, row(1)?.title, row(1)?.pull?.checks], [4, 'Loyalty: points expire after a year', 'success']);
    await outside('wake-github');
    await api.refresh();
    assert.equal(api.pullRequests().gitHubAwaySince, null);
  });

  it('sweeps what a closed pull request left, after it said what', async () => {
    await outside('close-2');
    await api.refresh();
    await untilState(2, 'running'); // closed, and still there
    assert.equal(row(2)?.pull, null);
    const folder = await run('sweep', { confirm: true });
    assert.ok(existsSync(join(root(), String(folder), 'record.json')), String(folder));
    await untilState(2, undefined);
    assert.equal(state(1), 'running');
  });

  it('keeps what it knew while the database server is away, and says since when', async () => {
    await outside('cut-database');
    await vscode.commands.executeCommand('odooOps.refresh');
    const trouble = await until('the trouble to be told', () => api.pullRequests().trouble, soon);
    assert.ok(trouble.since);
    assert.deepEqual([api.pullRequests().state, state(1)], ['ready', 'running']);
    await outside('join-database');
    await vscode.commands.executeCommand('odooOps.refresh');
    await until('the trouble to be over', () => api.pullRequests().trouble === undefined || undefined, soon);
  });

  it('takes an environment down: nothing is left but its evidence', async () => {
    const folder = await run('down', { number: 1, confirm: 1 });
    await untilState(1, 'absent');
    assert.ok(existsSync(join(root(), String(folder), 'record.json')));
    assert.equal(execFileSync('git', ['status', '--porcelain'], { cwd: root(), encoding: 'utf8' }).trim(), '');
  });
});
