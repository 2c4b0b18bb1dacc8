import * as vscode from 'vscode';
import type { FindingRule } from '../core/policy/finding.ts';

/** Scheme of the pages that tell why a rule is there. */
const SCHEME = 'odoo-ops-rule';

export const rulePageUri = (rule: FindingRule): vscode.Uri => vscode.Uri.from({ scheme: SCHEME, path: `/${rule}.md` });

/** The pages come with the extension: each is read where it is shown, also in a window that was opened again. */
export function registerRulePages(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: async ({ path }) => {
      const [{ policyPage }, { CHECK_RULES, RULES }] = await Promise.all([
        import('../runtime/policy/pages.ts'),
        import('../core/policy/finding.ts'),
      ]);
      const rule = [...RULES, ...CHECK_RULES].find((name) => `/${name}.md` === path);
      return rule === undefined ? `There is no rule ${path.slice(1, -'.md'.length)}.` : policyPage(rule);
    },
  });
}

/** Shows a page as a person reads it; as text where this editor has no Markdown preview. */
export async function showRulePage(rule: FindingRule): Promise<void> {
  const uri = rulePageUri(rule);
  try {
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  } catch {
    await vscode.window.showTextDocument(uri, { preview: true });
  }
}
