import * as vscode from 'vscode';
import { backOff } from '../core/control-plane/back-off.ts';
import { count } from '../core/text.ts';
import type { DeliveryReport } from '../runtime/control-plane/deliver.ts';
import type { Host } from './host.ts';
import type { OverviewModel } from './overview-model.ts';

const BACK_OFF = { base: 60_000, factor: 2, max: 1_800_000 };
const TIMEOUT_MS = 120_000;

export interface Delivery extends vscode.Disposable {
  /** Tries at once, and says what came of it. @param retry also the records that were set aside */
  deliver: (options?: { retry?: boolean }) => Promise<void>;
  showSetAside: () => Promise<void>;
}

function outcome({ controlPlane, delivered, waiting, reason }: DeliveryReport): string {
  if (!controlPlane) return 'No control plane is configured: the evidence stays in this repository.';
  if (waiting > 0)
    return `${count(waiting, 'record')} still ${waiting === 1 ? 'waits' : 'wait'}${reason === undefined ? '.' : `: ${reason}`}`;
  return delivered === 0 ? 'No record waits for the control plane.' : `Delivered ${count(delivered, 'record')} to the control plane.`;
}

/**
 * Brings records that wait to the control plane, without being asked: again and again at longer and longer intervals, and only while
 * somebody is there to see it.
 */
export function createDelivery(host: Host, model: OverviewModel, views: readonly vscode.TreeView<unknown>[]): Delivery {
  const disposal = new AbortController();
  const told = new Set<string>();
  let attempt = 1;
  let timer: NodeJS.Timeout | undefined;
  /** The time has come while nobody was there. */
  let due = false;
  let busy = false;

  const waits = (): boolean => {
    const { controlPlane = 'none', waiting = 0, ciDelivers = false } = model.overview ?? {};
    return (controlPlane === 'reachable' || controlPlane === 'unreachable') && !ciDelivers && waiting > 0;
  };
  const isSeen = (): boolean => vscode.window.state.focused || views.some(({ visible }) => visible);

  const tryQuietly = async (): Promise<void> => {
    if (busy) return;
    [busy, due] = [true, false];
    try {
      const signal = AbortSignal.any([disposal.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const workspace = await host.open({ signal, report: host.logEvent });
      const { deliverWaiting } = await import('../runtime/control-plane/waiting.ts');
      const { delivered, waiting } = await deliverWaiting(workspace, { retry: false });
      if (delivered > 0) host.log.info(`Delivered ${count(delivered, 'record')} to the control plane.`);
      attempt = waiting === 0 ? 1 : attempt + 1;
    } catch (error) {
      attempt++;
      host.log.warn(`Delivery: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      busy = false;
    }
    if (!disposal.signal.aborted) await model.refresh();
  };

  const schedule = () => {
    if (!waits()) {
      clearTimeout(timer);
      [timer, due, attempt] = [undefined, false, 1];
    } else if (timer === undefined && !due && !busy) {
      const wait = backOff(attempt, Math.random(), BACK_OFF);
      timer = setTimeout(() => {
        timer = undefined;
        if (isSeen()) void tryQuietly();
        else due = true;
      }, wait);
    }
  };
  const whenSeen = () => {
    if (due && isSeen()) void tryQuietly();
  };

  /** Once for each record: what is set aside stays so until somebody acts. */
  const tellSetAside = () => {
    const fresh = (model.overview?.setAside ?? []).filter(({ id }) => !told.has(id));
    const [first] = fresh;
    void vscode.commands.executeCommand('setContext', 'odooOps.setAside', (model.overview?.setAside.length ?? 0) > 0);
    if (!first) return;
    for (const { id } of fresh) told.add(id);
    const message = `${count(fresh.length, 'record')} ${fresh.length === 1 ? 'was' : 'were'} set aside by the control plane: ${first.reason}`;
    void vscode.window.showWarningMessage(message, 'Try Again', 'Show Why').then((choice) => {
      if (choice === 'Try Again') void vscode.commands.executeCommand('odooOps.deliverRecords', { retry: true });
      if (choice === 'Show Why') void vscode.commands.executeCommand('odooOps.showSetAside');
    });
  };

  const subscriptions = vscode.Disposable.from(
    model.onDidChange(() => {
      schedule();
      tellSetAside();
    }),
    vscode.window.onDidChangeWindowState(whenSeen),
    ...views.map((view) => view.onDidChangeVisibility(whenSeen)),
  );

  return {
    deliver: async ({ retry = false } = {}) => {
      const report = await host.withProgress('Deliver waiting records', async (workspace) => {
        const { deliverWaiting } = await import('../runtime/control-plane/waiting.ts');
        return deliverWaiting(workspace, { retry });
      });
      attempt = 1;
      if (retry) told.clear();
      await model.refresh();
      if (report.setAside.length === 0) void vscode.window.showInformationMessage(outcome(report));
    },
    showSetAside: async () => {
      const workspace = await host.open({ signal: AbortSignal.timeout(TIMEOUT_MS), report: host.logEvent });
      const { setAsideRecords } = await import('../runtime/control-plane/waiting.ts');
      const records = await setAsideRecords(workspace);
      if (records.length === 0) {
        void vscode.window.showInformationMessage('No record is set aside.');
        return;
      }
      const again = { label: '$(refresh) Try all of them again', id: undefined };
      const items = records.map(({ id, reason, at }) => ({ label: `$(warning) ${id.slice(0, 8)}`, description: at, detail: reason, id }));
      const choice = await vscode.window.showQuickPick([again, ...items], {
        title: 'Records that the control plane did not take',
        placeHolder: 'Choose a record to see it',
      });
      if (choice?.id !== undefined) await vscode.commands.executeCommand('odooOps.showEvidence', choice.id);
      else if (choice) await vscode.commands.executeCommand('odooOps.deliverRecords', { retry: true });
    },
    dispose: () => {
      disposal.abort();
      clearTimeout(timer);
      subscriptions.dispose();
    },
  };
}
