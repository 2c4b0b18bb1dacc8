import * as vscode from 'vscode';
import { noteLine, terminalLine } from '../../core/terminal-line.ts';
import { gitHubToken } from '../github.ts';
import type { Host } from '../host.ts';
import { chooseNumber, type Target } from './choose.ts';
import type { PullRequestsModel } from './model.ts';
import { hasLog } from './state.ts';

const TAIL = 500;

/** Follows a build that runs, then Odoo itself, until the terminal is closed; Enter begins again after the environment has stopped. */
function createLogTerminal(host: Host, model: PullRequestsModel, number: number): vscode.Pseudoterminal & vscode.Disposable {
  const written = new vscode.EventEmitter<string>();
  let following: AbortController | undefined;
  const write = (line: string) => written.fire(`${line}\r\n`);
  const note = (text: string) => write(noteLine(text, true));

  const follow = async (): Promise<void> => {
    const controller = (following = new AbortController());
    const { signal } = controller;
    try {
      const workspace = await host.open({ signal, report: host.logEvent });
      const { environmentLogs } = await import('../../runtime/pr-environments/logs.ts');
      const options = {
        tail: TAIL,
        follow: true,
        onLine: (line: string) => write(terminalLine(line, true)),
        onNote: note,
        // What this window has just begun.
        isBuildComing: () => model.find(number)?.doing?.what === 'building',
        gitHubToken: gitHubToken(),
      };
      await environmentLogs(workspace, number, options, signal);
      if (!signal.aborted) note('Its log has ended. Enter: follow again.');
    } catch (error) {
      if (signal.aborted) return;
      const { toOpsError } = await import('../../core/errors.ts');
      const { message, hint = '' } = toOpsError(error);
      note(`${message} ${hint} Enter: try again.`.replaceAll('  ', ' '));
    } finally {
      if (following === controller) following = undefined;
    }
  };

  return {
    onDidWrite: written.event,
    open: () => void follow(),
    close: () => following?.abort(),
    handleInput: (data) => {
      if (data === '\x03') {
        following?.abort();
        following = undefined;
        note('Stopped. Enter: follow again.');
      } else if (data === '\r' && !following) void follow();
    },
    dispose: () => {
      following?.abort();
      written.dispose();
    },
  };
}

export interface LogTerminals extends vscode.Disposable {
  show: (model: PullRequestsModel, target: Target) => Promise<void>;
}

/** The live logs of environments: a terminal each, so that it can be searched, is coloured, and ends when it is closed. */
export function createLogTerminals(host: Host): LogTerminals {
  const terminals = new Map<number, vscode.Terminal>();
  const closed = vscode.window.onDidCloseTerminal((terminal) => {
    for (const [number, known] of terminals) if (known === terminal) terminals.delete(number);
  });
  return {
    show: async (model, target) => {
      const number = await chooseNumber(model, target, {
        title: 'Follow the Log of an Environment',
        fits: hasLog,
        none: 'There is no environment.',
      });
      if (number === undefined) return;
      const known = terminals.get(number);
      const terminal =
        known ??
        vscode.window.createTerminal({
          name: `Odoo #${number}`,
          pty: createLogTerminal(host, model, number),
          iconPath: new vscode.ThemeIcon('output'),
          isTransient: true,
        });
      terminals.set(number, terminal);
      terminal.show(true);
    },
    dispose: () => {
      closed.dispose();
      for (const terminal of terminals.values()) terminal.dispose();
    },
  };
}
