import * as vscode from 'vscode';
import type { PullRequestsModel } from './model.ts';
import type { Row } from './rows.ts';
import { descriptionOf, labelOf, stateText } from './state.ts';

/** What a command is about: an item of the tree, or what a caller says. */
export type Target =
  | {
      number?: number | null;
      /** A fact of the tree stands below its row. */
      row?: { number: number | null };
      confirm?: number;
      approve?: string;
    }
  | undefined;

interface Choice {
  /** `Stop an Environment` */
  title: string;
  fits: (row: Row) => boolean;
  /** Said where none fits. */
  none: string;
}

/** Asks for the environments where a person waits for it: the view shows that something is going on. */
export const askAgain = (model: PullRequestsModel): Thenable<void> =>
  vscode.window.withProgress({ location: { viewId: 'odooOps.builds' } }, () => model.refresh());

/** The pull request that is meant; the person picks where nobody says it. @returns undefined for Escape, or where there is none */
export async function chooseNumber(model: PullRequestsModel, target: Target, choice: Choice): Promise<number | undefined> {
  const given = target?.number ?? target?.row?.number;
  if (typeof given === 'number') return given;
  if (model.state !== 'ready') await askAgain(model);
  const rows = model.rows.filter((row) => row.number !== null && choice.fits(row));
  if (rows.length === 0) {
    const why = model.state === 'ready' || !model.trouble ? '' : ` ${model.trouble.message} ${model.trouble.hint}`;
    void vscode.window.showInformationMessage(`${choice.none}${why}`.trim());
    return undefined;
  }
  const items = rows.map((row) => ({
    label: labelOf(row),
    description: descriptionOf(row, new Date()),
    detail: row.branch === row.title ? stateText(row) : row.branch,
    number: row.number,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: choice.title,
    placeHolder: 'Which pull request?',
    matchOnDetail: true,
    matchOnDescription: true,
  });
  return picked?.number ?? undefined;
}

/**
 * Asks before anything is changed. A caller may answer instead of a person in tests only.
 * @param given the number, as the caller repeats it
 */
export async function isConfirmed(
  { number, message, detail, button }: { number: number; message: string; detail: string; button: string },
  given: number | undefined,
  mode: vscode.ExtensionMode,
): Promise<boolean> {
  if (given !== undefined && mode === vscode.ExtensionMode.Test) return given === number;
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, button)) === button;
}
