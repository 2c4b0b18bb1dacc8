import * as vscode from 'vscode';
import type { DevOptions } from '../runtime/dev.ts';

const text = (key: string): string => {
  const value: unknown = vscode.workspace.getConfiguration('odooOps').get(key);
  return typeof value === 'string' ? value.trim() : '';
};

export const autoUpdates = (): boolean => vscode.workspace.getConfiguration('odooOps').get<unknown>('autoUpdate') === true;

/** The settings of the development server; what is not set is left to the library. */
export function devSettings(): DevOptions {
  const database = text('database');
  return {
    ...(database === '' ? {} : { database }),
    reloader: text('reloader') === 'odoo' ? 'odoo' : 'fast',
    autoUpdate: autoUpdates(),
  };
}

/** Where the mail catcher shows its mails; undefined where the setting is empty or no web address. */
export function mailCatcher(): vscode.Uri | undefined {
  const value = text('mailCatcherUrl');
  return /^https?:\/\/[^/]/i.test(value) ? vscode.Uri.parse(value) : undefined;
}
