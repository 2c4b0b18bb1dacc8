import * as vscode from 'vscode';
import type { DevServerController, DevServerState } from './dev-server.ts';

function appearance(state: DevServerState): { text: string; tooltip: string; background?: string } {
  switch (state.is) {
    case 'stopped':
      return { text: '$(debug-start) Odoo', tooltip: 'The Odoo development server is stopped' };
    case 'starting':
      return { text: '$(sync~spin) Odoo', tooltip: 'Odoo starts' };
    case 'ready':
      return { text: '$(check) Odoo', tooltip: `Odoo runs at ${state.url}` };
    case 'stopping':
      return { text: '$(sync~spin) Odoo', tooltip: 'Odoo stops' };
    case 'failed':
      return { text: '$(error) Odoo', tooltip: state.message, background: 'statusBarItem.errorBackground' };
  }
}

/** The one status bar item: the development server, with a menu behind it. */
export function createStatusBar(server: DevServerController): vscode.Disposable[] {
  const item = vscode.window.createStatusBarItem('odooOps.devServer', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Odoo Ops';
  item.command = 'odooOps.showMenu';
  const update = () => {
    const { text, tooltip, background } = appearance(server.state);
    item.text = text;
    item.tooltip = tooltip;
    item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
    item.show();
  };
  update();
  return [item, server.onDidChange(update)];
}

/** The menu of the status bar item. */
export async function showMenu(server: DevServerController): Promise<void> {
  const running = server.state.is === 'ready' || server.state.is === 'starting';
  const items = [
    ...(running
      ? [
          { label: '$(globe) Open in Browser', command: 'odooOps.openInBrowser' },
          { label: '$(debug-restart) Restart Odoo', command: 'odooOps.restartDevServer' },
          { label: '$(debug-stop) Stop Odoo', command: 'odooOps.stopDevServer' },
        ]
      : [{ label: '$(debug-start) Start Odoo', command: 'odooOps.startDevServer' }]),
    { label: '$(rocket) Promote…', command: 'odooOps.promote' },
    { label: '$(checklist) Check the Repository', command: 'odooOps.runChecks' },
    { label: '$(output) Show Log', command: 'odooOps.showLog' },
  ];
  const choice = await vscode.window.showQuickPick(items, { title: 'Odoo Ops', placeHolder: 'What now?' });
  if (choice) await vscode.commands.executeCommand(choice.command);
}
