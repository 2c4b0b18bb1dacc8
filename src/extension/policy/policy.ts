import type * as vscode from 'vscode';
import { runChecksCommand } from '../commands/checks.ts';
import { explainRuleCommand, fixAllCommand, suppressFindingCommand, type Target } from '../commands/policy.ts';
import type { Host } from '../host.ts';
import type { OverviewModel } from '../overview-model.ts';
import { showDiagnostics } from './diagnostics.ts';
import { registerFixes } from './fixes.ts';
import { followChanges, type PolicyFollowing } from './following.ts';
import { createPolicyModel, type PolicyShown } from './model.ts';
import { registerRulePages } from '../rule-pages.ts';
import { createPolicyView } from '../views/policy.ts';

export interface Policy extends Pick<PolicyFollowing, 'begin' | 'repositoryChanged'> {
  readonly result: PolicyShown['result'] | undefined;
  /** Commands by their names, without the prefix. */
  commands: Readonly<Record<string, (argument: unknown, more: unknown) => unknown>>;
  disposables: readonly vscode.Disposable[];
}

/** The rules in the editor: diagnostics, quick fixes, the view and its commands, all of one model. */
export function createPolicy(host: Host, overview: OverviewModel): Policy {
  const model = createPolicyModel(host);
  const { view, findingOf, disposables } = createPolicyView(model);
  const following = followChanges(host, overview, model, view);
  return {
    get result() {
      return model.shown?.result;
    },
    begin: following.begin,
    repositoryChanged: following.repositoryChanged,
    commands: {
      runChecks: () => runChecksCommand(model),
      stopChecks: () => model.stop(),
      explainRule: (target) => explainRuleCommand(model, findingOf, target as Target),
      suppressFinding: (target, given) =>
        suppressFindingCommand(model, findingOf, target as Target, given as Parameters<typeof suppressFindingCommand>[3]),
      fixAllFindings: (given) => fixAllCommand(model, given as Parameters<typeof fixAllCommand>[1]),
    },
    disposables: [model, ...disposables, following, showDiagnostics(model, host.folder), registerFixes(model), registerRulePages()],
  };
}
