import { setTimeout as sleep } from 'node:timers/promises';
import { get, untilAnswer } from './answers.ts';
import type { Editor } from './edits.ts';
import { progress } from './ground.ts';
import { withServer, type Part } from './parts.ts';
import { PAGE, type Stand } from './server.ts';
import { round, type Row } from './table.ts';

const RELOADS = 100;
/** Plain Odoo takes seconds for each: enough to see what becomes of requests. */
const RESTARTS = 10;
const EVERY_MS = 50;
/** One in so many requests is for a page of the website. */
const PAGES = 20;

interface Load {
  requests: number;
  lost: string[];
  longest: number;
  kinds: Record<string, number>;
}

/** Requests at a fixed rate, whether the last ones were answered or not, until the work is done. */
async function under(url: string, work: () => Promise<void>): Promise<Omit<Load, 'kinds'>> {
  const lost: string[] = [];
  const open: Promise<void>[] = [];
  let longest = 0;
  const ask = async (path: string): Promise<void> => {
    const begin = performance.now();
    try {
      const { status } = await get(url + path);
      if (status !== 200) lost.push(`${path}: ${status}`);
    } catch (error) {
      lost.push(`${path}: ${(error as Error).message}`);
    }
    longest = Math.max(longest, performance.now() - begin);
  };
  const timer = setInterval(() => void open.push(ask(open.length % PAGES === 0 ? PAGE : '/ops_bench/marks')), EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  await Promise.all(open);
  return { requests: open.length, lost, longest };
}

/** A fifth of the reloads are forks, at moments that are not in step with the requests. */
async function reloads(editor: Editor, kinds: Record<string, number>): Promise<void> {
  for (let number = 1; number <= RELOADS; number++) {
    const reloaded = editor.server.next('reloaded');
    editor.save(number % 5 === 0 ? 'python' : 'body');
    const { kind } = await reloaded;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    await sleep(100 + ((number * 137) % 400));
    if (number % 20 === 0) progress(`  ${number} reloads`);
  }
}

async function restarts(editor: Editor): Promise<void> {
  for (let number = 1; number <= RESTARTS; number++) {
    await editor.measure('python');
    await sleep(500);
  }
}

const run = (stand: Stand) => (ground: Parameters<Part>[0]) =>
  withServer(ground, stand, async (editor): Promise<Load> => {
    await untilAnswer(editor.server.url + PAGE, ({ status }) => status === 200);
    await sleep(3000);
    const kinds: Record<string, number> = {};
    const load = await under(editor.server.url, () => (stand.side === 'ours' ? reloads(editor, kinds) : restarts(editor)));
    progress(
      `  ${stand.side.padEnd(5)} ${load.lost.length} of ${load.requests} lost, longest ${round(load.longest)} ms ${JSON.stringify(kinds)}`,
    );
    for (const what of new Set(load.lost)) progress(`    ${what}`);
    return { ...load, kinds };
  });

export const load: Part = async (ground, stands): Promise<Row[]> => {
  const plain = await run(stands.plain)(ground);
  const ours = await run(stands.ours)(ground);
  const said = ({ lost, requests }: Load): string => `${lost.length} of ${requests}`;
  const kinds = Object.entries(ours.kinds).map(([kind, times]) => `${times} ${kind}`);
  return [
    {
      figure: `requests lost, 20 a second: ${RELOADS} reloads (${kinds.join(', ')}); plain: ${RESTARTS}`,
      plain: said(plain),
      ours: said(ours),
      target: '0',
      met: ours.lost.length === 0,
    },
    { figure: 'longest wait of them', plain: `${round(plain.longest)} ms`, ours: `${round(ours.longest)} ms` },
  ];
};
