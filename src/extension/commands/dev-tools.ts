import * as vscode from 'vscode';
import type { ModuleChoice } from '../../core/devserver/module-choices.ts';
import { devStateOf, type DevServerController } from '../dev-server.ts';
import { devSettings, mailCatcher } from '../dev-settings.ts';
import type { Host } from '../host.ts';

interface ModuleItem extends vscode.QuickPickItem {
  module?: string;
}

const GROUPS: Record<ModuleChoice['group'], string> = { needed: 'Need an update', changed: 'Changed', other: 'Others' };

/** One item for each module, with a heading before each group. */
function moduleItems(choices: readonly ModuleChoice[]): ModuleItem[] {
  return choices.flatMap(({ module, group, reasons }, index): ModuleItem[] => [
    ...(choices[index - 1]?.group === group ? [] : [{ label: GROUPS[group], kind: vscode.QuickPickItemKind.Separator }]),
    { label: module, description: reasons.join(', '), picked: group === 'needed', module },
  ]);
}

async function chooseModules(host: Host, server: DevServerController): Promise<string[]> {
  const abort = new AbortController();
  const choices = async (): Promise<ModuleItem[]> => {
    const workspace = await host.open({ signal: abort.signal, report: host.logEvent });
    const { updatableModules } = await import('../../runtime/dev-tools.ts');
    return moduleItems(await updatableModules(workspace, devStateOf(server.state)?.needsUpdate ?? new Map(), devSettings()));
  };
  try {
    const chosen = await vscode.window.showQuickPick(choices(), {
      title: 'Update modules',
      placeHolder: 'Data, views and fields are written to the database',
      canPickMany: true,
      matchOnDescription: true,
    });
    return (chosen ?? []).map(({ module }) => module).filter((module) => module !== undefined);
  } finally {
    abort.abort();
  }
}

/**
 * Updates modules in the database of the running server.
 * @param target their names; asked for where it is no list of names
 */
export async function updateModuleCommand(host: Host, server: DevServerController, target: unknown): Promise<void> {
  const named = Array.isArray(target) ? target.filter((name) => typeof name === 'string') : [];
  const modules = named.length > 0 ? named : await chooseModules(host, server);
  if (modules.length > 0) await sendCommand(server, { command: 'update', modules });
}

/** Asks the running server for something, and offers to start one where there is none. */
export async function sendCommand(server: DevServerController, command: Parameters<DevServerController['send']>[0]): Promise<void> {
  if (server.send(command)) return;
  const running = server.state.is === 'ready';
  const message = running ? "This needs the fast reloader (setting odooOps.reloader); Odoo's own one runs." : 'Odoo is not running.';
  const choice = await vscode.window.showInformationMessage(message, ...(running ? [] : ['Start']));
  if (choice !== undefined) await vscode.commands.executeCommand('odooOps.startDevServer');
}

/** Opens a program in a terminal: the same Odoo, database and role as the server's. */
export async function terminalCommand(host: Host, what: 'shell' | 'psql'): Promise<void> {
  const workspace = await host.open({ signal: AbortSignal.timeout(60_000), report: host.logEvent });
  const { terminalProgram } = await import('../../runtime/dev-tools.ts');
  const { name, program, arguments: args, cwd, env } = await terminalProgram(workspace, what, devSettings());
  vscode.window
    .createTerminal({
      name,
      shellPath: program,
      shellArgs: args,
      cwd,
      env,
      iconPath: new vscode.ThemeIcon(what === 'psql' ? 'database' : 'terminal'),
      isTransient: true, // its environment holds the password, and is not to be kept for the next window
    })
    .show();
}

/** `openExternal` forwards the port in Codespaces by itself. */
export async function mailCatcherCommand(): Promise<void> {
  const address = mailCatcher();
  if (address) await vscode.env.openExternal(address);
  else void vscode.window.showInformationMessage('Set odooOps.mailCatcherUrl to the web address of your mail catcher.');
}
