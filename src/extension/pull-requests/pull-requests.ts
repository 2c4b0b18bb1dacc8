import * as vscode from 'vscode';
import type { Documents } from '../documents.ts';
import type { Host } from '../host.ts';
import type { OverviewModel } from '../overview-model.ts';
import { createBuildsView, type BuildNode } from '../views/builds.ts';
import type { Target } from './choose.ts';
import { downCommand } from './down.ts';
import { explainCommand } from './explain.ts';
import { followEnvironments } from './following.ts';
import { createLogTerminals } from './log.ts';
import { createPullRequestsModel, type PullRequestsModel } from './model.ts';
import { copyUrlCommand, openCommand, openPullRequestCommand } from './open.ts';
import { stopCommand, wakeCommand } from './sleep.ts';
import { stateFlags } from './state.ts';
import { sweepCommand } from './sweep.ts';
import { upCommand } from './up.ts';

export interface PullRequests {
  view: vscode.TreeView<BuildNode>;
  readonly shown: Pick<PullRequestsModel, 'rows' | 'state' | 'trouble' | 'gitHubAwaySince'>;
  /** What a person asks for with the overview: nobody's environments are asked for where nobody looks. */
  refreshWhereSeen: () => Promise<void>;
  /** Commands by their names, without the prefix. */
  commands: Readonly<Record<string, (argument: unknown, more: unknown) => unknown>>;
  disposables: readonly vscode.Disposable[];
}

/** Pull requests and their environments: the PR Builds view and its commands, all of one model. */
export function createPullRequests(
  host: Host,
  overview: OverviewModel,
  documents: Documents,
  { extensionMode: mode, extensionUri }: Pick<vscode.ExtensionContext, 'extensionMode' | 'extensionUri'>,
): PullRequests {
  const model = createPullRequestsModel(host, overview);
  const { view, disposables } = createBuildsView(overview, model, vscode.Uri.joinPath(extensionUri, 'media'));
  const terminals = createLogTerminals(host);
  const setContext = (key: string, value: unknown) => void vscode.commands.executeCommand('setContext', `odooOps.${key}`, value);
  let told = '';
  const tell = () => {
    // Of the palette: what no environment is in the state for is not offered. A view that nobody saw yet hides nothing.
    const states = model.state === 'ready' ? [...new Set(model.rows.map(stateFlags))].sort().join(' ') : 'unknown';
    if (told === `${model.state} ${states}`) return;
    told = `${model.state} ${states}`;
    setContext('prEnvironments', model.state);
    setContext('prEnvironmentStates', states);
  };
  tell();
  return {
    view,
    shown: model,
    refreshWhereSeen: async () => (view.visible ? model.refresh() : undefined),
    commands: {
      'pullRequest.open': (target) => openCommand(model, target as Target),
      'pullRequest.copyUrl': (target) => copyUrlCommand(model, target as Target),
      'pullRequest.up': (target) => upCommand(host, model, mode, target as Target),
      'pullRequest.rebuild': (target) => upCommand(host, model, mode, target as Target),
      'pullRequest.stop': (target) => stopCommand(host, model, target as Target),
      'pullRequest.wake': (target) => wakeCommand(host, model, target as Target),
      'pullRequest.down': (target) => downCommand(host, model, mode, target as Target),
      'pullRequest.log': (target) => terminals.show(model, target as Target),
      'pullRequest.explain': (target) => explainCommand(host, model, documents, target as Target),
      'pullRequest.sweep': (given) => sweepCommand(host, model, documents, mode, given as Parameters<typeof sweepCommand>[4]),
      openPullRequest: (target) => openPullRequestCommand(model, target as Target),
      openChecks: (target) => openPullRequestCommand(model, target as Target, 'checks'),
    },
    disposables: [model, ...disposables, model.onDidChange(tell), followEnvironments(host, overview, model, view), terminals],
  };
}
