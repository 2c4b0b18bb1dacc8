import { setTimeout as sleep } from 'node:timers/promises';
import type { Editor, EditKind } from './edits.ts';
import { progress } from './ground.ts';
import { withServer, type Part } from './parts.ts';
import { groupPss, members, memory } from './processes.ts';
import { round, type Row } from './table.ts';

const PATCHES = 1000;
const FORKS = 100;
const FLAT_PERCENT = 10;
const ROLES = ['supervisor', 'parent', 'child'] as const;

interface Look {
  total: number;
  rss: Record<(typeof ROLES)[number], number>;
}

/** The supervisor is the first of its group, the parent the second; a retired child may take a moment to go. */
async function look({ server }: Editor): Promise<Look> {
  for (let seconds = 0; members(server.pid).length !== ROLES.length; seconds++) {
    if (seconds > 30) throw new Error(`${members(server.pid).length} processes run, not ${ROLES.length}.`);
    await sleep(1000);
  }
  const pids = members(server.pid).sort((a, b) => a - b);
  const [supervisor, parent, child] = pids.map((pid) => memory(pid).rss) as [number, number, number];
  return { total: groupPss(server.pid), rss: { supervisor, parent, child } };
}

/** Makes reloads one after the other. @returns how many were done in which way */
async function reload(editor: Editor, kind: EditKind, times: number): Promise<Record<string, number>> {
  const kinds: Record<string, number> = {};
  let last: ReturnType<Editor['save']> | undefined;
  for (let number = 1; number <= times; number++) {
    const reloaded = editor.server.next('reloaded');
    last = editor.save(kind);
    const event = await reloaded;
    kinds[event.kind] = (kinds[event.kind] ?? 0) + 1;
    if (number % 100 === 0) progress(`  ${number} reloads`);
  }
  if (last !== undefined) await editor.shown(last.place, last.mark);
  return kinds;
}

function rows(after: string, before: Look, now: Look): Row[] {
  const row = (what: string, was: number, is: number): Row => {
    const percent = 100 * (is / was - 1);
    const ours = `${percent >= 0 ? '+' : ''}${round(percent, 1)} % (${round(was)} to ${round(is)} MB)`;
    return { figure: `memory after ${after}: ${what}`, ours, target: `<= +${FLAT_PERCENT} %`, met: percent <= FLAT_PERCENT };
  };
  return [row('all (PSS)', before.total, now.total), ...ROLES.map((role) => row(`${role} (RSS)`, before.rss[role], now.rss[role]))];
}

const told = (kinds: Record<string, number>): string =>
  Object.entries(kinds)
    .map(([kind, times]) => `${times} ${kind}`)
    .join(', ');

/** What 1,000 reloads leave behind, most of them in place, since that is what a day of work is. */
export const growth: Part = (ground, stands) =>
  withServer(ground, stands.ours, async (editor) => {
    await sleep(5000);
    const before = await look(editor);
    const patches = await reload(editor, 'body', PATCHES);
    await sleep(3000);
    const patched = await look(editor);
    const forks = await reload(editor, 'python', FORKS);
    await sleep(3000);
    const forked = await look(editor);
    return [...rows(`${PATCHES} saves (${told(patches)})`, before, patched), ...rows(`${FORKS} more (${told(forks)})`, before, forked)];
  });
