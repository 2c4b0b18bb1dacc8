import * as vscode from 'vscode';
import type { ActivityFilter } from '../../core/control-plane/questions.ts';
import type { ActivityModel } from '../activity-model.ts';
import type { Documents } from '../documents.ts';
import type { Host } from '../host.ts';

/** What an act can be looked for by. */
const KEYS = ['environment', 'act', 'result', 'module'] as const;
type Key = (typeof KEYS)[number];

const TITLES: Record<Key, string> = { environment: 'Environment', act: 'Act', result: 'Result', module: 'Module' };
const ICONS: Record<Key, string> = { environment: 'server-environment', act: 'rocket', result: 'pass', module: 'extensions' };
const TITLE = 'Filter Activity';

interface Choice extends vscode.QuickPickItem {
  value?: string | undefined;
  key?: Key;
}

/** One step of the pick. @returns the choice, `back`, or undefined for Escape */
function pick(step: number, placeholder: string, items: Choice[], own?: (typed: string) => Choice): Promise<Choice | 'back' | undefined> {
  const input = vscode.window.createQuickPick<Choice>();
  Object.assign(input, { title: TITLE, step, totalSteps: 2, placeholder, items, matchOnDescription: true });
  if (step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  return new Promise((resolve) => {
    const end = (choice: Choice | 'back' | undefined) => {
      resolve(choice);
      input.hide();
    };
    input.onDidTriggerButton(() => end('back'));
    input.onDidAccept(() => end(input.selectedItems[0]));
    input.onDidHide(() => {
      resolve(undefined);
      input.dispose();
    });
    input.onDidChangeValue((typed) => {
      if (own) input.items = typed.trim() === '' || items.some(({ value }) => value === typed) ? items : [...items, own(typed.trim())];
    });
    input.show();
  });
}

/** Values to choose from; of modules those that are shown, and whatever is typed. */
async function valuesOf(key: Key, model: ActivityModel): Promise<readonly string[]> {
  const { ACTS, RECORDED_ENVIRONMENTS, RESULTS } = await import('../../core/control-plane/filter.ts');
  const shown = model.shown?.items ?? [];
  switch (key) {
    case 'environment':
      return [...new Set([...RECORDED_ENVIRONMENTS, ...shown.flatMap(({ environment }) => environment ?? [])])];
    case 'act':
      return ACTS;
    case 'result':
      return RESULTS;
    case 'module':
      return [...new Set(shown.flatMap(({ modules }) => modules))].sort();
  }
}

async function pickValue(key: Key, model: ActivityModel): Promise<Choice | 'back' | undefined> {
  const current = model.filter[key];
  const values = await valuesOf(key, model);
  const known = [...new Set([...(current === undefined ? [] : [current]), ...values])];
  const items: Choice[] = [
    { label: 'Any', ...(current === undefined && { description: 'current' }) },
    ...known.map((value) => ({ label: value, value, ...(value === current && { description: 'current' }) })),
  ];
  const own = (typed: string): Choice => ({ label: typed, value: typed, description: 'a module by its technical name', alwaysShow: true });
  return pick(2, `${TITLES[key]}: which one?`, items, key === 'module' ? own : undefined);
}

/** Asks what to filter by, then for which value; a filter is added to those that hold. */
export async function filterActivityCommand(model: ActivityModel): Promise<void> {
  for (;;) {
    const { filter } = model;
    const keys: Choice[] = KEYS.map((key) => ({ label: `$(${ICONS[key]}) ${TITLES[key]}`, description: filter[key] ?? 'any', key }));
    const choice = await pick(1, 'By what?', keys);
    if (choice === undefined || choice === 'back' || !choice.key) return;
    const { key } = choice;
    const value = await pickValue(key, model);
    if (value === 'back') continue;
    if (!value) return;
    const next: ActivityFilter = { ...filter };
    if (value.value === undefined) Reflect.deleteProperty(next, key);
    else next[key] = value.value;
    await model.setFilter(next);
    return;
  }
}

/** Characters of a document; an editor is no place for more. */
const MOST = 20_000_000;

/** The logs of an act as one document. */
export async function showActLogCommand(host: Host, documents: Documents, target: unknown): Promise<void> {
  const id = (target as { id?: unknown } | undefined)?.id;
  if (typeof id !== 'string') return;
  const [{ findAct }, { logParts }, { logLines }] = await Promise.all([
    import('../../runtime/find-act.ts'),
    import('../../runtime/logs.ts'),
    import('../../core/control-plane/log-text.ts'),
  ]);
  const { topic, text } = await vscode.window.withProgress({ location: { viewId: 'odooOps.activity' } }, async () => {
    const workspace = await host.open({ signal: AbortSignal.timeout(60_000), report: host.logEvent });
    const found = await findAct(workspace, id);
    const lines: string[] = [];
    let length = 0;
    for await (const some of logLines(logParts(workspace, found), { headings: true })) {
      lines.push(...some);
      length += some.reduce((sum, line) => sum + line.length + 1, 0);
      if (length < MOST) continue;
      lines.push('', `… The rest is left out: odoo-ops logs ${id.slice(0, 8)}`);
      break;
    }
    return { topic: found.act.topic, text: `${lines.join('\n')}\n` };
  });
  await documents.show(`${topic} ${id.slice(0, 8)}`, text, undefined, 'log');
}
