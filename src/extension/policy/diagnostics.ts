import * as vscode from 'vscode';
import { CONFIG_FILE } from '../../core/config/schema.ts';
import type { ConfigProblem } from '../../core/config/parse.ts';
import type { Finding, Range } from '../../core/policy/finding.ts';
import type { PolicyModel, PolicyShown } from './model.ts';
import type { RepositoryFiles } from '../repository-files.ts';
import { rulePageUri } from '../rule-pages.ts';

export const SOURCE = 'Odoo Ops';
const BEGINNING: Range = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };

/** Places of ours count from 1, those of VS Code from 0. */
export const rangeOf = ({ start, end }: Range): vscode.Range =>
  new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1);

/** Where a finding is shown: one about history or the repository as a whole at odoo-ops.yml, the file that a person would look at. */
export function placeOf(
  { file, range }: Finding,
  { configured }: Pick<PolicyShown, 'configured'>,
): { path: string; range: Range } | undefined {
  if (file === null) return configured ? { path: CONFIG_FILE, range: BEGINNING } : undefined;
  return { path: file, range: range ?? BEGINNING };
}

function diagnosticOf(finding: Finding, range: Range, files: RepositoryFiles): vscode.Diagnostic {
  const severity = finding.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
  const result = new vscode.Diagnostic(rangeOf(range), `${finding.message}\n${finding.fix}`, severity);
  result.source = SOURCE;
  result.code = { value: finding.rule, target: rulePageUri(finding.rule) };
  const elsewhere = (finding.edits ?? []).filter(({ file }) => file !== finding.file);
  if (elsewhere.length > 0) {
    result.relatedInformation = elsewhere.map(
      (edit) =>
        new vscode.DiagnosticRelatedInformation(new vscode.Location(files.uriOf(edit.file), rangeOf(edit.range)), 'It is mended here.'),
    );
  }
  return result;
}

function problemDiagnostic({ line, column, message }: ConfigProblem): vscode.Diagnostic {
  const range = new vscode.Range(line - 1, column - 1, line - 1, 1000);
  const result = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
  result.source = SOURCE;
  return result;
}

/** Keeps the Problems view as the model is; of files where nothing changed nothing is set, so that nothing flickers. */
export function showDiagnostics(model: PolicyModel, folder: () => vscode.WorkspaceFolder | undefined): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('odooOps');
  const known = new Map<string, string>();

  const update = () => {
    const { shown, configProblems } = model;
    const wanted = new Map<string, { text: string; make: () => vscode.Diagnostic[] }>();
    if (shown) {
      const byFile = new Map<string, { finding: Finding; range: Range }[]>();
      for (const finding of shown.result.findings) {
        const place = placeOf(finding, shown);
        if (!place) continue;
        const found = byFile.get(place.path) ?? [];
        found.push({ finding, range: place.range });
        byFile.set(place.path, found);
      }
      for (const [path, found] of byFile) {
        const make = () => found.map(({ finding, range }) => diagnosticOf(finding, range, shown.files));
        wanted.set(shown.files.uriOf(path).toString(), { text: JSON.stringify(found), make });
      }
    }
    const opened = folder();
    const root = shown?.files.uriOf(CONFIG_FILE) ?? (opened && vscode.Uri.joinPath(opened.uri, CONFIG_FILE));
    if (root && configProblems.length > 0) {
      wanted.set(root.toString(), { text: JSON.stringify(configProblems), make: () => configProblems.map(problemDiagnostic) });
    }
    for (const uri of [...known.keys()].filter((one) => !wanted.has(one))) {
      known.delete(uri);
      collection.delete(vscode.Uri.parse(uri));
    }
    for (const [uri, { text, make }] of wanted) {
      if (known.get(uri) === text) continue;
      known.set(uri, text);
      collection.set(vscode.Uri.parse(uri), make());
    }
  };
  return vscode.Disposable.from(collection, model.onDidChange(update));
}
