import * as vscode from 'vscode';
import { CONFIG_FILE } from '../../core/config/schema.ts';
import type { Suppression } from '../../core/config/policy.ts';
import { OpsError } from '../../core/errors.ts';
import { CHECK_RULES, RULES, type Finding, type FindingRule } from '../../core/policy/finding.ts';
import type { RuleOutcome } from '../../core/policy/outcome.ts';
import { dayAfter, reasonProblem, suppressionOf, untilProblem } from '../../core/policy/let-stand.ts';
import { count } from '../../core/text.ts';
import { dayInZone } from '../../core/time.ts';
import { mechanicalFixes } from '../policy/fixes.ts';
import type { PolicyModel, PolicyShown } from '../policy/model.ts';
import { showRulePage } from '../rule-pages.ts';
import type { PolicyNode } from '../views/policy.ts';

const DAYS = 30;

/** What the commands are about: a row of the view, a finding of a quick fix, or a rule's name. */
export type Target = PolicyNode | Finding | string | undefined;
export type FindingOf = (node: PolicyNode) => Finding | undefined;

function findingIn(target: Target, findingOf: FindingOf): Finding | undefined {
  if (target === undefined || typeof target === 'string') return undefined;
  return 'kind' in target ? findingOf(target) : target;
}

async function askRule(model: PolicyModel): Promise<FindingRule | undefined> {
  const outcomes = new Map<FindingRule, RuleOutcome>(model.shown?.result.outcomes.map((outcome) => [outcome.rule, outcome]));
  const items = [...RULES, ...CHECK_RULES].map((label) => ({ label, detail: outcomes.get(label)?.title ?? '' }));
  return (await vscode.window.showQuickPick(items, { title: 'Explain a rule', matchOnDetail: true }))?.label;
}

/** Shows why a rule is there, with examples. */
export async function explainRuleCommand(model: PolicyModel, findingOf: FindingOf, target: Target): Promise<void> {
  const named =
    typeof target === 'string' ? target : (findingIn(target, findingOf)?.rule ?? (target && 'rule' in target ? target.rule : undefined));
  const rule = [...RULES, ...CHECK_RULES].find((name) => name === named) ?? (named === undefined ? await askRule(model) : undefined);
  if (rule !== undefined) await showRulePage(rule);
}

const shownOrRefuse = (model: PolicyModel): PolicyShown => {
  if (model.shown) return model.shown;
  throw new OpsError('usage', 'The repository was not checked yet.', { hint: 'Run “Odoo Ops: Check the Repository”.' });
};

async function askEntry(finding: Finding, today: string): Promise<Suppression | undefined> {
  const title = `Let ${finding.rule} stand`;
  const reason = await vscode.window.showInputBox({
    title: `${title} (1/2): why?`,
    prompt: finding.message,
    placeHolder: 'Who reads this next year should understand it',
    ignoreFocusOut: true,
    validateInput: (text) => (text === '' ? undefined : reasonProblem(text)),
  });
  if (reason === undefined || reasonProblem(reason) !== undefined) return undefined;
  const until = await vscode.window.showInputBox({
    title: `${title} (2/2): until when?`,
    prompt: 'The last day on which it may stand. Afterwards it is a finding again.',
    value: dayAfter(today, DAYS),
    ignoreFocusOut: true,
    validateInput: (text) => untilProblem(text.trim(), today),
  });
  return until === undefined ? undefined : suppressionOf(finding, reason, until.trim());
}

/** The open document of odoo-ops.yml; an empty one is made where there is none. */
async function configDocument(uri: vscode.Uri): Promise<vscode.TextDocument> {
  const make = new vscode.WorkspaceEdit();
  make.createFile(uri, { ignoreIfExists: true });
  await vscode.workspace.applyEdit(make);
  return vscode.workspace.openTextDocument(uri);
}

/** Replaces only what differs, so that cursors and folds of the rest stay. */
function replaceDifference(document: vscode.TextDocument, next: string): vscode.WorkspaceEdit {
  const text = document.getText();
  let from = 0;
  while (from < text.length && text[from] === next[from]) from++;
  let tail = 0;
  while (tail < Math.min(text.length, next.length) - from && text.at(-1 - tail) === next.at(-1 - tail)) tail++;
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(from), document.positionAt(text.length - tail));
  edit.replace(document.uri, range, next.slice(from, next.length - tail));
  return edit;
}

/**
 * Writes an entry into policy.suppressions and shows it. It can be undone as any change; unsaved changes of somebody's own are not saved.
 * @param given the answers, where a caller has them
 */
export async function suppressFindingCommand(
  model: PolicyModel,
  findingOf: FindingOf,
  target: Target,
  given?: { reason?: string; until?: string },
): Promise<void> {
  const finding = findingIn(target, findingOf);
  const { files, timeZone } = shownOrRefuse(model);
  if (!finding) return;
  const { reason, until } = given ?? {};
  const entry =
    reason !== undefined && until !== undefined
      ? suppressionOf(finding, reason, until)
      : await askEntry(finding, dayInZone(new Date(), timeZone));
  if (!entry) return;
  const document = await configDocument(files.uriOf(CONFIG_FILE));
  const { isDirty } = document;
  const { addSuppression } = await import('../../runtime/policy/add-suppression.ts');
  const edit = replaceDifference(document, addSuppression(document.getText(), entry));
  await vscode.workspace.applyEdit(edit);
  const [[, [change]] = [undefined, []]] = edit.entries();
  const editor = await vscode.window.showTextDocument(document);
  // Behind the day, which is what somebody may want to change.
  const at = document.positionAt(change ? document.offsetAt(change.range.start) + change.newText.trimEnd().length : 0);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  if (!isDirty) await document.save();
}

/** Mends all that needs no thinking, after a person has seen how much it is. @returns the number of findings that were mended */
export async function fixAllCommand(model: PolicyModel, given?: { confirm: boolean }): Promise<number> {
  await model.settled();
  const shown = shownOrRefuse(model);
  const fixes = await mechanicalFixes(shown, shown.result.findings);
  if (!fixes) {
    void vscode.window.showInformationMessage('No finding can be mended mechanically.');
    return 0;
  }
  const { findings, files, edit } = fixes;
  const question = `Mend ${count(findings.length, 'finding')} in ${count(files, 'file')}?`;
  const detail = `${[...new Set(findings.map(({ rule }) => rule))].join(', ')}\n\nThe files are changed in the editor and not saved: look at them, then save all.`;
  const isWanted = given?.confirm ?? (await vscode.window.showWarningMessage(question, { modal: true, detail }, 'Mend')) === 'Mend';
  return isWanted && (await vscode.workspace.applyEdit(edit)) ? findings.length : 0;
}
