import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../../src/extension/extension.ts';
import { until } from '../../until.ts';

const WITHIN = { timeoutMs: 15_000 };
// VS Code leaves `env` open to change where tests run.
const env = vscode.env as unknown as { openExternal: (target: unknown) => Promise<boolean> };
const realOpen = env.openExternal;

async function api(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>('odoo-ops.odoo-ops');
  assert.ok(extension, 'odoo-ops.odoo-ops is not among the extensions');
  return extension.activate();
}
const isState = (is: string) => async () => ((await api()).supabase().is === is ? true : undefined);

/** What VS Code's page for callbacks makes of an address, in a window that runs in a browser. */
function fromCallbackPage(address: string): vscode.Uri {
  const { searchParams } = new URL(address);
  const [scheme, authority, path, query] = ['scheme', 'authority', 'path', 'query'].map((part) => searchParams.get(`vscode-${part}`) ?? '');
  for (const part of ['reqid', 'scheme', 'authority', 'path', 'query']) searchParams.delete(`vscode-${part}`);
  for (const [name, value] of new URLSearchParams(query)) searchParams.set(name, value);
  return vscode.Uri.from({ scheme: scheme!, authority: authority!, path: path!, query: searchParams.toString() });
}

/** A browser that goes where the sign-in sends it, and what it brings back. */
async function browse(target: unknown): Promise<vscode.Uri> {
  assert.equal(typeof target, 'string');
  const answer = await fetch(target as string, { redirect: 'manual' });
  const address = answer.headers.get('location') ?? '';
  return address.startsWith('http') ? fromCallbackPage(address) : vscode.Uri.parse(address);
}
async function browserTo(target: unknown): Promise<boolean> {
  await (await api()).handleUri(await browse(target));
  return true;
}

describe('sign-in to Supabase in the editor', () => {
  before(async () => {
    await until('the first overview', (await api()).overview, WITHIN);
  });
  afterEach(() => {
    env.openExternal = realOpen;
  });

  it('asks nothing at the start: nobody is signed in, and that is no trouble', async () => {
    let opened = 0;
    env.openExternal = () => Promise.resolve(opened++ === 0);
    await until('the state', isState('signedOut'), WITHIN);
    const { overview, refresh } = await api();
    await refresh();
    assert.deepEqual([overview()?.controlPlane, overview()?.notices, opened], ['signed-out', [], 0]);
  });

  it('signs in after a click, through the browser and back by the address of the extension', async () => {
    env.openExternal = (target) => browserTo(target);
    await vscode.commands.executeCommand('odooOps.signInToSupabase');
    const { supabase, overview } = await api();
    assert.deepEqual(supabase(), { is: 'signedIn', person: 'octocat, viewer of acme' });
    await until('the control plane', () => (overview()?.controlPlane === 'reachable' ? true : undefined), WITHIN);
  });

  it('shows what CI did as soon as Supabase Realtime tells it', async () => {
    // Looking comes every half a minute, and the record is written once this window listens.
    await vscode.commands.executeCommand('odooOps.activity.focus');
    const { activity } = await api();
    const isTold = () => activity()?.items.some(({ topic }) => topic === 'build-told-by-realtime');
    await until('the record', () => (isTold() ? true : undefined), { timeoutMs: 12_000 });
    assert.equal(activity()?.source, 'control-plane');
  });

  it('refuses an address that nobody here asked for', async () => {
    const { supabase, handleUri } = await api();
    await handleUri(vscode.Uri.parse('vscode://odoo-ops.odoo-ops/supabase-auth?state=x&code=y'));
    assert.equal(supabase().person, 'octocat, viewer of acme');
  });

  it('signs out, and reads nothing any more', async () => {
    await vscode.commands.executeCommand('odooOps.signOutOfSupabase');
    const { supabase, overview } = await api();
    assert.equal(supabase().is, 'signedOut');
    await until('the change', () => (overview()?.controlPlane === 'signed-out' ? true : undefined), WITHIN);
  });

  it('goes on waiting where a browser brings the answer to another sign-in', async () => {
    env.openExternal = async (target) => {
      const uri = await browse(target);
      const { handleUri, supabase } = await api();
      await handleUri(uri.with({ query: uri.query.replace(/state=[^&]+/, 'state=of-another') }));
      assert.equal(supabase().is, 'signedOut');
      await handleUri(uri);
      return true;
    };
    await vscode.commands.executeCommand('odooOps.signInToSupabase');
    assert.equal((await api()).supabase().is, 'signedIn');
    await vscode.commands.executeCommand('odooOps.signOutOfSupabase');
  });

  it('ends where the browser is not opened', async () => {
    env.openExternal = () => Promise.resolve(false);
    await vscode.commands.executeCommand('odooOps.signInToSupabase');
    assert.equal((await api()).supabase().is, 'signedOut');
  });

  it('gives way to another sign-in that is begun', async () => {
    const asked: unknown[] = [];
    env.openExternal = (target) => Promise.resolve(asked.push(target) > 0);
    const first = vscode.commands.executeCommand('odooOps.signInToSupabase');
    await until('the browser', () => asked[0], WITHIN);
    env.openExternal = (target) => browserTo(target);
    await vscode.commands.executeCommand('odooOps.signInToSupabase');
    await first;
    assert.equal((await api()).supabase().is, 'signedIn');
  });

  it('never writes a token into its log or its state', async () => {
    assert.doesNotMatch(JSON.stringify((await api()).supabase()), /eyJ/);
  });
});
