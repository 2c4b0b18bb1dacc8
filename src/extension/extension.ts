import * as vscode from 'vscode';
import type { Overview } from '../core/environments/overview.ts';
import { followWhileVisible } from './activity-following.ts';
import { createActivityModel, type Shown } from './activity-model.ts';
import { filterActivityCommand, showActLogCommand } from './commands/activity.ts';
import { openArtifactCommand } from './commands/artifact.ts';
import { buildCommand } from './commands/build.ts';
import { mailCatcherCommand, sendCommand, terminalCommand, updateModuleCommand } from './commands/dev-tools.ts';
import { doctorCommand } from './commands/doctor.ts';
import { showEvidenceCommand } from './commands/evidence.ts';
import { initializeCommand } from './commands/initialize.ts';
import { promoteCommand } from './commands/promote.ts';
import { createDebugger } from './debugger.ts';
import { showFailures, showNotices } from './dev-notices.ts';
import { createDevServer, type DevServerState } from './dev-server.ts';
import { createDelivery } from './delivery.ts';
import { createDocuments } from './documents.ts';
import { followGitHubSession, signIn } from './github.ts';
import { createHost } from './host.ts';
import { createOverviewModel } from './overview-model.ts';
import { createPolicy, type Policy } from './policy/policy.ts';
import { createPullRequests, type PullRequests } from './pull-requests/pull-requests.ts';
import { refreshWhenNeeded } from './refreshing.ts';
import { createStatusBar, showMenu } from './status-bar.ts';
import { createSupabaseSession, type SupabaseState } from './supabase-session.ts';
import { createActivityView } from './views/activity.ts';
import { createEnvironmentsView } from './views/environments.ts';

/** What other extensions may read. */
export interface ExtensionApi {
  overview: () => Overview | undefined;
  /** What the Activity view shows; undefined before it was seen for the first time. */
  activity: () => Shown | undefined;
  /** What the Policy view shows; undefined before the first check has ended well. */
  policy: () => Policy['result'];
  /** What the PR Builds view shows. */
  pullRequests: () => PullRequests['shown'];
  refresh: () => Promise<void>;
  devServer: () => DevServerState;
  /** Whether somebody is signed in to Supabase, and as whom; never a token. */
  supabase: () => { is: SupabaseState['is']; person: string | undefined };
  /** What VS Code calls where a browser comes back from the sign-in. */
  handleUri: (uri: vscode.Uri) => unknown;
}

// VS Code waits for `deactivate`, and not for what a Disposable starts: Odoo must not outlive its window.
let stopServer: (() => Promise<void>) | undefined;

export async function deactivate(): Promise<void> {
  await stopServer?.();
}

/** Builds the objects and registers them; nothing here waits for git, a network or a file. */
export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const log = vscode.window.createOutputChannel('Odoo Ops', { log: true });
  const supabase = createSupabaseSession(context, log);
  const host = createHost(log, supabase);
  const model = createOverviewModel(host);
  const documents = createDocuments();
  const server = createDevServer(host);
  stopServer = () => server.stop();
  const pythonDebugger = createDebugger(host, server);
  const environments = createEnvironmentsView(model, server, supabase);
  const pullRequests = createPullRequests(host, model, documents, context);
  const activity = createActivityModel(host);
  const acts = createActivityView(activity);
  const policy = createPolicy(host, model);
  const delivery = createDelivery(host, model, [environments.view, pullRequests.view, acts.view]);

  const command = (name: string, run: (argument: unknown, more: unknown) => unknown) =>
    vscode.commands.registerCommand(`odooOps.${name}`, async (argument: unknown, more: unknown) => {
      try {
        return await run(argument, more);
      } catch (error) {
        // Not awaited: the notice stays until it is read, the command is over.
        void host.showError(error);
        return undefined;
      }
    });

  /** An act of this window: it is shown as soon as it has ended, where the view is seen. */
  const act = async <T>(run: Promise<T>): Promise<T> => run.finally(() => (acts.view.visible ? void activity.poll() : undefined));

  context.subscriptions.push(
    log,
    model,
    documents,
    server,
    ...environments.disposables,
    ...pullRequests.disposables,
    activity,
    ...acts.disposables,
    ...policy.disposables,
    delivery,
    ...createStatusBar(server),
    showFailures(server),
    showNotices(host, server),
    pythonDebugger,
    refreshWhenNeeded(host, model, [environments.view, pullRequests.view], policy.repositoryChanged),
    followWhileVisible(host, activity, acts.view, supabase.onDidChange),
    followGitHubSession(model),
    supabase,
    vscode.window.registerUriHandler(supabase),
    supabase.onDidChange(() => void model.refresh()),
    command('refresh', () => Promise.all([model.refresh({ fetch: true }), pullRequests.refreshWhereSeen()])),
    command('promote', (target) =>
      act(promoteCommand(host, model, documents, context.extensionMode, target as Parameters<typeof promoteCommand>[4])),
    ),
    command('buildCommit', (target) => act(buildCommand(host, model, target as Parameters<typeof buildCommand>[2]))),
    command('showEvidence', (word) => showEvidenceCommand(host, documents, word)),
    command('openArtifact', (target) => openArtifactCommand(host, target)),
    command('refreshActivity', () => activity.refresh()),
    command('loadMoreActivity', () => activity.loadMore()),
    command('filterActivity', () => filterActivityCommand(activity)),
    command('clearActivityFilter', () => activity.setFilter({})),
    command('showActLog', (target) => showActLogCommand(host, documents, target)),
    command('deliverRecords', (options) => delivery.deliver(options as Parameters<typeof delivery.deliver>[0])),
    command('showSetAside', () => delivery.showSetAside()),
    ...Object.entries(pullRequests.commands).map(([name, run]) => command(name, run)),
    ...Object.entries(policy.commands).map(([name, run]) => command(name, run)),
    command('initialize', () => initializeCommand(host, model)),
    command('startDevServer', () => server.start()),
    command('stopDevServer', () => server.stop()),
    command('restartDevServer', () => server.restart()),
    command('reloadDevServer', () => sendCommand(server, { command: 'reload' })),
    command('updateModule', (modules) => updateModuleCommand(host, server, modules)),
    command('attachDebugger', () => pythonDebugger.attach()),
    command('openShell', () => terminalCommand(host, 'shell')),
    command('openPsql', () => terminalCommand(host, 'psql')),
    command('openMailCatcher', mailCatcherCommand),
    command('openInBrowser', (target) => openInBrowser(target)),
    command('doctor', () => doctorCommand(host, documents)),
    command('showMenu', () => showMenu(server, supabase)),
    command('showLog', () => log.show()),
    command('signIn', signIn),
    command('signInToSupabase', () => supabase.signIn(host)),
    command('signOutOfSupabase', () => supabase.signOut()),
  );
  // First what this clone knows, at once; then what the remote says.
  void model
    .refresh()
    .then(() => model.refresh({ fetch: true }))
    .then(() => policy.begin());
  return {
    overview: () => model.overview,
    activity: () => activity.shown,
    policy: () => policy.result,
    pullRequests: () => pullRequests.shown,
    refresh: () => model.refresh(),
    devServer: () => server.state,
    supabase: () => ({ is: supabase.state.is, person: supabase.person }),
    handleUri: (uri) => supabase.handleUri(uri),
  };

  /** The environment of the tree, or the development server. `openExternal` forwards the port in Codespaces by itself. */
  async function openInBrowser(target: unknown): Promise<void> {
    const name = (target as { name?: string } | undefined)?.name ?? 'dev';
    const running = server.state.is === 'ready' ? server.state.url : undefined;
    const configured = model.overview?.environments.find((status) => status.name === name)?.url ?? undefined;
    const url = name === 'dev' ? (running ?? configured) : configured;
    if (url !== undefined) await vscode.env.openExternal(vscode.Uri.parse(url));
    else if (name !== 'dev') void vscode.window.showInformationMessage(`Set environments.${name}.url in odoo-ops.yml.`);
    else if ((await vscode.window.showInformationMessage('Odoo is not running.', 'Start')) !== undefined)
      await vscode.commands.executeCommand('odooOps.startDevServer');
  }
}
