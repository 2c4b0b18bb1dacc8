import * as vscode from 'vscode';
import { fixFindings } from '../../core/policy/report/edits.ts';
import type { Edit, Finding } from '../../core/policy/finding.ts';
import { isSuppressible } from '../../core/policy/let-stand.ts';
import { placeOf, rangeOf, SOURCE } from './diagnostics.ts';
import type { PolicyModel, PolicyShown } from './model.ts';

const FIX_ALL = vscode.CodeActionKind.SourceFixAll.append('odooOps');
const LONGEST_TITLE = 90;

const isMechanical = ({ edits = [] }: Finding): boolean => edits.length > 0;

const openDocument = ({ files }: PolicyShown, path: string): vscode.TextDocument | undefined => {
  const uri = files.uriOf(path).toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
};

/** False where the document is not the one that was checked: its edits would hit other places. */
function isAsChecked(shown: PolicyShown, path: string): boolean {
  const document = openDocument(shown, path);
  if (!document) return true;
  const version = shown.overlay.versions.get(path);
  return version === undefined ? !document.isDirty : version === document.version;
}

const fileNames = (edits: readonly Edit[]): string[] => [...new Set(edits.map(({ file }) => file))];

function workspaceEdit({ files }: PolicyShown, edits: readonly Edit[]): vscode.WorkspaceEdit {
  const result = new vscode.WorkspaceEdit();
  // Two findings may want the very same change.
  const different = new Map(edits.map((edit) => [JSON.stringify([edit.file, edit.range, edit.text]), edit])).values();
  for (const { file, range, text } of different) result.replace(files.uriOf(file), rangeOf(range), text);
  return result;
}

/** What can be mended at once: an edit that collides with another one waits for the next time. */
export async function mechanicalFixes(
  shown: PolicyShown,
  findings: readonly Finding[],
): Promise<{ findings: Finding[]; files: number; edit: vscode.WorkspaceEdit } | undefined> {
  const possible = findings.filter(
    (finding) => isMechanical(finding) && fileNames(finding.edits ?? []).every((file) => isAsChecked(shown, file)),
  );
  const names = fileNames(possible.flatMap(({ edits = [] }) => edits));
  const texts = new Map<string, string>();
  for (const name of names) {
    // Not shown, only read: the editor holds it for a moment.
    const document = await Promise.resolve(vscode.workspace.openTextDocument(shown.files.uriOf(name))).catch(() => undefined);
    if (document) texts.set(name, document.getText());
  }
  const { fixed } = fixFindings(possible, texts);
  if (fixed.length === 0) return undefined;
  const edits = fixed.flatMap(({ edits: own = [] }) => own);
  return { findings: fixed, files: fileNames(edits).length, edit: workspaceEdit(shown, edits) };
}

/** The first sentence of what to do, as a title. */
function titleOf({ fix }: Finding): string {
  const [first = fix] = fix.split(/[.:](?:\s|$)/);
  return first.length <= LONGEST_TITLE ? first : `${first.slice(0, LONGEST_TITLE - 1)}…`;
}

function actionsFor(shown: PolicyShown, finding: Finding, diagnostics: vscode.Diagnostic[], isOnly: boolean): vscode.CodeAction[] {
  const action = (title: string) => {
    const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    made.diagnostics = diagnostics;
    return made;
  };
  const fixes: vscode.CodeAction[] = [];
  if (isMechanical(finding) && fileNames(finding.edits ?? []).every((file) => isAsChecked(shown, file))) {
    const fix = action(titleOf(finding));
    fix.edit = workspaceEdit(shown, finding.edits ?? []);
    fix.isPreferred = isOnly;
    fixes.push(fix);
  }
  const explain = action(`Explain ${finding.rule}`);
  explain.command = { command: 'odooOps.explainRule', title: explain.title, arguments: [finding.rule] };
  const stand = action('Let it stand until…');
  stand.command = { command: 'odooOps.suppressFinding', title: stand.title, arguments: [finding] };
  return [...fixes, explain, ...(isSuppressible(finding) ? [stand] : [])];
}

/** Quick fixes for findings, and all mechanical ones of a file at once. */
export function registerFixes(model: PolicyModel): vscode.Disposable {
  const provider: vscode.CodeActionProvider = {
    provideCodeActions: async (document, range, { only, diagnostics }, token) => {
      const first = model.shown;
      const firstPath = first?.files.pathOf(document.uri);
      if (!first || firstPath === undefined) return [];
      const isSource = only !== undefined && (only.contains(FIX_ALL) || FIX_ALL.contains(only));
      if (only && !isSource && !only.contains(vscode.CodeActionKind.QuickFix) && !vscode.CodeActionKind.QuickFix.contains(only)) return [];
      // Somebody may have typed since the last check: edits for another text would destroy it.
      if (!isAsChecked(first, firstPath)) await model.settled();
      const { shown } = model;
      const path = shown?.files.pathOf(document.uri);
      if (!shown || path === undefined || token.isCancellationRequested) return [];
      const own = shown.result.findings.filter((finding) => placeOf(finding, shown)?.path === path);
      if (isSource) {
        const inside = own.filter(({ edits = [] }) => edits.every(({ file }) => file === path));
        const fixes = await mechanicalFixes(shown, inside);
        if (!fixes) return [];
        const all = new vscode.CodeAction('Mend all mechanical findings of this file', FIX_ALL);
        all.edit = fixes.edit;
        return [all];
      }
      const here = own.filter((finding) => {
        const place = placeOf(finding, shown);
        return place !== undefined && rangeOf(place.range).intersection(range) !== undefined;
      });
      const mechanical = here.filter(isMechanical);
      const actions = here.flatMap((finding) => {
        const shownAs = diagnostics.filter(({ source, message }) => source === SOURCE && message.startsWith(finding.message));
        return actionsFor(shown, finding, shownAs, mechanical.length === 1);
      });
      // A rule is explained once, however often it is broken here.
      return actions.filter(
        ({ title, command }, index) =>
          command?.command !== 'odooOps.explainRule' || actions.findIndex((other) => other.title === title) === index,
      );
    },
  };
  return vscode.languages.registerCodeActionsProvider({ scheme: 'file' }, provider, {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, FIX_ALL],
  });
}
