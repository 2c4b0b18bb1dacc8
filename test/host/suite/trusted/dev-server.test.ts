import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../../src/extension/extension.ts';
import { until } from '../../until.ts';

async function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** As much of PostgreSQL as the question needs whether there is an Odoo in the database: one row for each query. */
function standInDatabase(port: number): Server {
  const message = (type: string, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const ready = message('Z', Buffer.from('I'));
  const row = Buffer.concat([
    message('T', hex('0001'), Buffer.from('modules\0'), hex('00000000 0000 00000019 ffff ffffffff 0000')),
    message('D', hex('0001 00000001'), Buffer.from('x')),
    message('C', Buffer.from('SELECT 1\0')),
    ready,
  ]);
  return createServer((socket) => {
    let greeted = false;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (!greeted) socket.write(Buffer.concat([message('R', hex('00000000')), ready]));
      else if (data.toString('latin1', 0, 1) === 'Q') socket.write(row);
      greeted = true;
    });
  }).listen(port, '127.0.0.1');
}

/** Speaks the protocol of the fast reloader: a reload breaks, the next one is well, an update leaves nothing to do. */
const RELOADER = `
import json, os, signal, sys, time
events = os.fdopen(3, 'w', buffering=1)
def say(**event): print(json.dumps(event), file=events)
def end(*_):
    say(type='stopped', reason='stopped', code=0)
    os._exit(0)
signal.signal(signal.SIGTERM, end)
say(type='ready', url='http://127.0.0.1:1', pid=os.getpid(), ms=10, database='host_suite')
say(type='needs-update', modules=['sale_x'], reasons={'sale_x': ['new field foo']})
broken = False
for line in sys.stdin:
    command = json.loads(line)
    if command['command'] == 'reload':
        broken = not broken
        say(type='reloading', files=['/repo/a.py'])
        if broken: say(type='failed', phase='reload', serving=True, message='invalid syntax', file='/repo/a.py', line=3, column=7)
        else: say(type='reloaded', kind='patch', files=['/repo/a.py'], ms=42)
    if command['command'] == 'update':
        say(type='updating', modules=command['modules'])
        say(type='needs-update', modules=[], reasons={})
        say(type='reloaded', kind='update', files=[], ms=900)
`;

/** Enough for the search for Odoo: a folder that looks like one, and a Python that says yes, and runs our program for any other one. */
function standIn(folder: string): Record<string, string> {
  mkdirSync(join(folder, 'odoo'));
  writeFileSync(join(folder, 'odoo-bin'), '');
  writeFileSync(join(folder, 'odoo', 'release.py'), '');
  const python = join(folder, 'python3');
  writeFileSync(join(folder, 'reloader.py'), RELOADER);
  writeFileSync(
    python,
    `#!/bin/sh\nif [ "$1" = -c ]; then printf '%s/odoo/release.py\\n\\n' "$3"; else exec /usr/bin/env python3 '${folder}/reloader.py'; fi\n`,
  );
  chmodSync(python, 0o755);
  return { ODOO_HOME: folder, ODOO_PYTHON: python };
}

const whenNotWindows = (test: Mocha.Context): void => {
  if (process.platform === 'win32') test.skip(); // Odoo's own reloader does none of this
};

describe('the development server with stand-ins for Odoo and PostgreSQL', () => {
  let api: ExtensionApi;
  let folder: string;
  let port: number;
  const original = { ...process.env };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-dev-'));
    chmodSync(folder, 0o755); // as root another user runs what is in it
    port = await closedPort();
    // The extension reads the environment of this very process.
    Object.assign(process.env, standIn(folder), {
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: 'someone',
      PGPASSWORD: 'a-long-secret',
      PGDATABASE: 'host_suite',
      ODOO_OPS_RUN_AS: 'nobody',
    });
    const extension = vscode.extensions.getExtension<ExtensionApi>('odoo-ops.odoo-ops');
    assert.ok(extension);
    api = await extension.activate();
  });
  after(() => {
    for (const name of Object.keys(process.env)) if (!(name in original)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, original);
    for (const terminal of vscode.window.terminals) terminal.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('waits for PostgreSQL, and can be stopped while it does', async function () {
    whenNotWindows(this);
    const started = vscode.commands.executeCommand('odooOps.startDevServer');
    await until(
      'the wait',
      () => {
        const state = api.devServer();
        return state.is === 'starting' && state.dev?.phase.is === 'waiting' ? state : undefined;
      },
      { timeoutMs: 15_000 },
    );
    await vscode.commands.executeCommand('odooOps.stopDevServer');
    await started;
    assert.equal(api.devServer().is, 'stopped');
  });

  it('shows a failed reload where it failed, until it is mended, and updates what needs it', async function () {
    whenNotWindows(this);
    const database = standInDatabase(port);
    const file = vscode.Uri.file('/repo/a.py');
    const dev = () => {
      const state = api.devServer();
      return state.is === 'ready' ? state.dev : undefined;
    };
    try {
      await vscode.commands.executeCommand('odooOps.startDevServer');
      await until('the module to update', () => (dev()?.needsUpdate.has('sale_x') ? true : undefined), { timeoutMs: 10_000 });

      await vscode.commands.executeCommand('odooOps.reloadDevServer');
      const [found] = await until('the diagnostic', () => (dev()?.failure ? vscode.languages.getDiagnostics(file) : undefined), {
        timeoutMs: 10_000,
      });
      assert.equal(found?.message, 'invalid syntax');
      assert.deepEqual([found.range.start.line, found.range.start.character], [2, 6]);

      await vscode.commands.executeCommand('odooOps.reloadDevServer');
      await until('the reload', () => dev()?.lastReload?.kind === 'patch' || undefined, { timeoutMs: 10_000 });
      assert.deepEqual(vscode.languages.getDiagnostics(file), []);

      await vscode.commands.executeCommand('odooOps.updateModule', ['sale_x']);
      await until('the update', () => (dev()?.lastReload?.kind === 'update' && dev()?.needsUpdate.size === 0) || undefined, {
        timeoutMs: 10_000,
      });
    } finally {
      await vscode.commands.executeCommand('odooOps.stopDevServer');
      database.close();
    }
    assert.equal(api.devServer().is, 'stopped');
  });

  for (const [command, name, argument] of [
    ['openShell', 'Odoo shell: host_suite', '--database=host_suite'],
    ['openPsql', 'psql: host_suite', undefined],
  ] as const) {
    it(`opens a terminal by ${command}, with the password in no argument`, async function () {
      whenNotWindows(this);
      await vscode.commands.executeCommand(`odooOps.${command}`);
      const terminal = await until('the terminal', () => vscode.window.terminals.find((open) => open.name === name), { timeoutMs: 10_000 });
      const { shellArgs = [], env, isTransient } = terminal.creationOptions as vscode.TerminalOptions;
      const all = [shellArgs].flat();
      assert.ok(!all.join(' ').includes('a-long-secret'));
      assert.ok(isTransient);
      if (argument === undefined) assert.equal(env?.['PGPASSWORD'], 'a-long-secret');
      else assert.ok(all.includes(argument), all.join(' '));
    });
  }
});
