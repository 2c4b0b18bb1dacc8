import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { SessionState } from '../core/control-plane/session.ts';
import type { SessionKeeper } from '../runtime/control-plane/sign-in.ts';
import type { SupabaseProject, Workspace } from '../runtime/workspace.ts';
import type { Host } from './host.ts';
import { oneAnswer } from './supabase-callback.ts';

/** `none` where no project is configured that a person signs in to. */
export type SupabaseState = { is: 'none' } | SessionState;

export interface SupabaseSession extends vscode.Disposable, vscode.UriHandler {
  readonly state: SupabaseState;
  /** `octocat, operator of acme`; undefined where nobody is signed in. */
  readonly person: string | undefined;
  readonly onDidChange: vscode.Event<void>;
  /** For the library: never asks the person. */
  accessToken: (project: SupabaseProject) => Promise<string | null>;
  /** Takes note of the project of a workspace that was opened. */
  follow: (workspace: Workspace) => Promise<void>;
  signIn: (host: Host) => Promise<void>;
  signOut: () => Promise<void>;
}

/** How long a person may take in the browser. */
const TIMEOUT_MS = 5 * 60_000;

/** The one owner of the sign-in to Supabase: what is kept in SecretStorage, and what the windows show of it. */
export function createSupabaseSession({ secrets, extension }: vscode.ExtensionContext, log: vscode.LogOutputChannel): SupabaseSession {
  const changed = new vscode.EventEmitter<void>();
  const callback = oneAnswer();
  let state: SupabaseState = { is: 'none' };
  let person: string | undefined;
  let current: { project: SupabaseProject; key: string; keeper: SessionKeeper } | undefined;

  const setState = async (next: SupabaseState): Promise<void> => {
    const { describePerson, personOf } = await import('../core/control-plane/session.ts');
    const before = `${state.is} ${person ?? ''}`;
    state = next;
    person = next.is === 'signedIn' ? describePerson(personOf(next.session)) : undefined;
    void vscode.commands.executeCommand('setContext', 'odooOps.supabase', next.is);
    if (`${next.is} ${person ?? ''}` !== before) changed.fire();
  };
  void vscode.commands.executeCommand('setContext', 'odooOps.supabase', 'none');

  const keeperOf = async (project: SupabaseProject): Promise<SessionKeeper> => {
    const { keepSession, secretKey } = await import('../runtime/control-plane/sign-in.ts');
    const key = secretKey(project);
    if (current?.key !== key || current.project.key !== project.key) current = { project, key, keeper: keepSession(project, secrets) };
    return current.keeper;
  };
  const update = async (): Promise<void> => {
    await setState(current ? await current.keeper.state() : { is: 'none' });
  };

  // Also what another window has done.
  const stored = secrets.onDidChange(({ key }) => {
    if (key !== current?.key) return;
    current.keeper.changed();
    void update();
  });

  return {
    get state() {
      return state;
    },
    get person() {
      return person;
    },
    onDidChange: changed.event,
    accessToken: async (project) => (await (await keeperOf(project)).fresh())?.access_token ?? null,
    follow: async (workspace) => {
      try {
        const { signInProject } = await import('../runtime/control-plane/open.ts');
        const project = signInProject(workspace);
        if (project) await keeperOf(project);
        else current = undefined;
        await update();
      } catch (error) {
        // No key in the configuration, or a keyring that is locked: what needs the session says it to the person, and git works without.
        log.debug(`Sign-in: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    signIn: async (host) => {
      const { OpsError } = await import('../core/errors.ts');
      await host.withProgress('Sign in to Supabase', async (workspace) => {
        const { signInProject } = await import('../runtime/control-plane/open.ts');
        const project = signInProject(workspace);
        if (!project)
          throw new OpsError('usage', 'There is no Supabase project to sign in to.', {
            hint: "Set control_plane.supabase in odoo-ops.yml. Where CI's token is in the environment, it is used instead of a person's session.",
          });
        const keeper = await keeperOf(project);
        const signal = AbortSignal.any([workspace.context.signal, AbortSignal.timeout(TIMEOUT_MS)]);
        const word = randomUUID();
        const here = vscode.Uri.parse(`${vscode.env.uriScheme}://${extension.id}/supabase-auth?state=${word}`);
        // It names this window, in a browser too.
        const back = (await vscode.env.asExternalUri(here)).toString(true);
        const { url, finish } = await keeper.beginSignIn(back, word, signal);
        const answer = callback.wait(word, signal);
        // It may end before anybody waits for it.
        answer.catch(() => undefined);
        // As a text: a Uri would take off one layer of the encoding of `redirect_to`.
        if (!(await vscode.env.openExternal(url as unknown as vscode.Uri))) callback.cancel();
        const address = await answer.catch((error: unknown) => {
          if ((error as Error).name !== 'TimeoutError') throw error;
          throw new OpsError('timeout', 'Nobody came back from the browser within 5 minutes.', { hint: 'Begin the sign-in again.' });
        });
        const session = await finish(address);
        await setState({ is: 'signedIn', session });
      });
      void vscode.window.showInformationMessage(`Signed in to Supabase: ${person ?? ''}.`);
    },
    signOut: async () => {
      if (!current) return;
      try {
        await current.keeper.signOut();
      } finally {
        await update();
      }
    },
    handleUri: async (uri) => {
      if (uri.path !== '/supabase-auth') return;
      const { callbackOf } = await import('../core/control-plane/session.ts');
      const address = uri.toString(true);
      const refused = callback.take(address, callbackOf(address).state);
      if (refused === undefined) return;
      log.warn(`Sign-in: ${refused}`);
      void vscode.window.showWarningMessage(refused);
    },
    dispose: () => {
      stored.dispose();
      changed.dispose();
      callback.cancel();
    },
  };
}
