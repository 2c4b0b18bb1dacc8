import * as vscode from 'vscode';
import type { Finding } from '../../core/policy/finding.ts';
import type { ConfigProblem } from '../../core/config/parse.ts';
import type { Host } from '../host.ts';

const CONFIG_FILE = 'odoo-ops.yml';

function diagnostic(finding: Finding): vscode.Diagnostic {
  const { start, end } = finding.range ?? { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  const range = new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1);
  const severity = finding.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
  const result = new vscode.Diagnostic(range, `${finding.message}\n${finding.fix}`, severity);
  result.source = 'Odoo Ops';
  result.code = finding.rule;
  return result;
}

/** Puts findings into the Problems view; those about history stand at odoo-ops.yml, the file that a person would look at. */
export function showFindings(diagnostics: vscode.DiagnosticCollection, root: string, findings: readonly Finding[]): void {
  const byFile = new Map<string, vscode.Diagnostic[]>();
  for (const finding of findings) {
    const file = finding.file ?? CONFIG_FILE;
    byFile.set(file, [...(byFile.get(file) ?? []), diagnostic(finding)]);
  }
  diagnostics.clear();
  for (const [file, found] of byFile) diagnostics.set(vscode.Uri.joinPath(vscode.Uri.file(root), file), found);
}

function showConfigProblems(diagnostics: vscode.DiagnosticCollection, root: vscode.Uri, problems: readonly ConfigProblem[]): void {
  const found = problems.map(({ line, column, message }) => {
    const result = new vscode.Diagnostic(new vscode.Range(line - 1, column - 1, line - 1, 1000), message, vscode.DiagnosticSeverity.Error);
    result.source = 'Odoo Ops';
    return result;
  });
  diagnostics.clear();
  diagnostics.set(vscode.Uri.joinPath(root, CONFIG_FILE), found);
}

/** Checks the repository. @returns the findings */
export async function runChecksCommand(host: Host, diagnostics: vscode.DiagnosticCollection): Promise<Finding[] | undefined> {
  const { isOpsError } = await import('../../core/errors.ts');
  try {
    const { findings, files, root } = await host.withProgress('Check the repository', async (workspace) => {
      const { check } = await import('../../runtime/check.ts');
      return { ...(await check(workspace)), root: workspace.root };
    });
    showFindings(diagnostics, root, findings);
    const { countFindings } = await import('../../core/policy/finding.ts');
    if (findings.length === 0) void vscode.window.showInformationMessage(`No findings in ${files} files.`);
    else void openProblems(`${countFindings(findings)} in ${files} files.`);
    return findings;
  } catch (error) {
    const folder = host.folder();
    if (!isOpsError(error, 'config') || !folder) throw error;
    showConfigProblems(diagnostics, folder.uri, (error.details['problems'] ?? []) as ConfigProblem[]);
    void openProblems(`${CONFIG_FILE} is not valid.`);
    return undefined;
  }
}

async function openProblems(message: string): Promise<void> {
  const choice = await vscode.window.showWarningMessage(message, 'Show Problems');
  if (choice !== undefined) await vscode.commands.executeCommand('workbench.actions.view.problems');
}
