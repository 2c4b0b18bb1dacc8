import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { eventText, needsUpdateText } from '../core/devserver/event-text.ts';
import type { DevEvent } from '../core/devserver/events.ts';
import type { Failure } from '../core/devserver/state.ts';
import { devStateOf, type DevServerController } from './dev-server.ts';
import { autoUpdates } from './dev-settings.ts';
import type { Host } from './host.ts';

/** What is wrong in the code that the server could not take, in the Problems view, until it is mended. */
export function showFailures(server: DevServerController): vscode.Disposable {
  const diagnostics = vscode.languages.createDiagnosticCollection('odooOps.devServer');
  let shown: Failure | undefined;
  const update = () => {
    const failure = devStateOf(server.state)?.failure;
    if (failure === shown) return;
    shown = failure;
    diagnostics.clear();
    if (failure?.place === undefined || !isAbsolute(failure.place.file)) return;
    const { file, line = 1, column = 1 } = failure.place;
    const range = new vscode.Range(line - 1, column - 1, line - 1, 1000);
    const found = new vscode.Diagnostic(range, failure.message, vscode.DiagnosticSeverity.Error);
    found.source = 'Odoo';
    diagnostics.set(vscode.Uri.file(file), [found]);
  };
  return vscode.Disposable.from(diagnostics, server.onDidChange(update));
}

/** Notices for what a person has to decide, or asked for: nothing for a reload, which happens all the time. */
export function showNotices(host: Host, server: DevServerController): vscode.Disposable {
  let told = new Set<string>();

  const offerUpdate = async (needed: ReadonlyMap<string, readonly string[]>) => {
    const modules = [...needed.keys()];
    const [only] = modules;
    const action = only !== undefined && modules.length === 1 ? `Update ${only}` : `Update ${modules.length} Modules`;
    const choice = await vscode.window.showInformationMessage(needsUpdateText(needed), action);
    if (choice !== undefined) await vscode.commands.executeCommand('odooOps.updateModule', modules);
  };

  const onEvent = (event: DevEvent) => {
    if (event.type === 'needs-update') {
      const isNew = event.modules.some((module) => !told.has(module));
      told = new Set(event.modules);
      const needed = devStateOf(server.state)?.needsUpdate;
      if (isNew && needed && !autoUpdates()) void offerUpdate(needed);
    }
    if (event.type === 'stopped') told = new Set();
    if (event.type === 'failed' && event.phase === 'update') {
      void vscode.window.showErrorMessage(eventText(event).text, 'Show Log').then((choice) => {
        if (choice !== undefined) host.log.show();
      });
    }
  };
  return server.onEvent(onEvent);
}
