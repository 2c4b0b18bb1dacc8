import { setTimeout as sleep } from 'node:timers/promises';
import { inTurn } from '../measure.ts';
import { Editor, type EditKind } from './edits.ts';
import { progress, type Ground } from './ground.ts';
import { groupPss, processorTime } from './processes.ts';
import { startServer, untilUp, type Server, type Side, type Stand } from './server.ts';
import { compared, round, type Row, type Target } from './table.ts';

export type Stands = Record<Side, Stand>;
export type Part = (ground: Ground, stands: Stands) => Promise<Row[]>;

/** Edits of each kind. */
export const EDITS = 10;
const STARTS = 3;
const IDLE_MS = 20_000;
/** A person looks at the answer before the next edit, and either server ends what it does behind it. */
const LOOK_MS = 1_500;
/** Until Odoo's start is over for all of its threads. */
const SETTLE_MS = 6_000;

/** A server that has answered everything once, for the time of some work. */
export async function withServer<T>(ground: Ground, stand: Stand, work: (editor: Editor) => Promise<T>): Promise<T> {
  const server = await startServer(ground, stand);
  const editor = new Editor(server);
  try {
    await untilUp(server);
    await editor.warm();
    return await work(editor);
  } finally {
    await server.stop();
    editor.reset();
  }
}

export const withBoth = <T>(ground: Ground, stands: Stands, work: (plain: Editor, ours: Editor) => Promise<T>): Promise<T> =>
  withServer(ground, stands.plain, (plain) => withServer(ground, stands.ours, (ours) => work(plain, ours)));

/** Both servers run, each with its own files and database; only one is asked at a time. */
const edits =
  (kind: EditKind, figure: string, target: Target): Part =>
  (ground, stands) =>
    withBoth(ground, stands, async (plain, ours) => {
      await sleep(SETTLE_MS);
      const measure = (editor: Editor) => async () => {
        const ms = await editor.measure(kind);
        await sleep(LOOK_MS);
        progress(`  ${editor.server.side.padEnd(5)} ${round(ms)} ms ${editor.server.told()}`);
        return ms;
      };
      const [plainTimes, ourTimes] = (await inTurn(EDITS, measure(plain), measure(ours))) as [number[], number[]];
      return [compared(figure, plainTimes, ourTimes, target)];
    });

export const body = edits('body', 'function body: save to answer', { factor: 25, belowMs: 100 });
export const python = edits('python', 'other Python: save to answer', { factor: 5, belowMs: 600 });
const websitePage = edits('page', 'XML, page of the website: save to answer', {});
const formView = edits('form', 'XML, form view: save to answer', {});
export const view: Part = async (ground, stands) => [...(await websitePage(ground, stands)), ...(await formView(ground, stands))];

/** From the start of the process to the first answer of a page. */
export const cold: Part = async (ground, stands) => {
  const start = (stand: Stand) => async () => {
    const begin = performance.now();
    const server: Server = await startServer(ground, stand);
    try {
      const ms = (await untilUp(server)) - begin;
      progress(`  ${stand.side.padEnd(5)} ${round(ms)} ms`);
      return ms;
    } finally {
      await server.stop();
    }
  };
  for (const stand of Object.values(stands)) await start(stand)(); // compiles, and reads the disk
  const [plain, ours] = (await inTurn(STARTS, start(stands.plain), start(stands.ours))) as [number[], number[]];
  const row = compared('cold start to a page', plain, ours);
  return [{ ...row, target: '<= 10 % slower', met: row.factor! >= 1 / 1.1 }];
};

/** Each alone, since memory that both have mapped would count half for either. */
export const idle: Part = async (ground, stands) => {
  const look = (stand: Stand) =>
    withServer(ground, stand, async ({ server: { pid } }) => {
      await sleep(SETTLE_MS);
      const [before, begin] = [processorTime(pid), performance.now()];
      await sleep(IDLE_MS);
      const percent = (100 * (processorTime(pid) - before)) / (performance.now() - begin);
      const megabytes = groupPss(pid);
      progress(`  ${stand.side.padEnd(5)} ${round(percent, 2)} %, ${round(megabytes)} MB`);
      return { percent, megabytes };
    });
  const plain = await look(stands.plain);
  const ours = await look(stands.ours);
  const share = (percent: number): string => `${round(percent, 2)} %`;
  return [
    {
      figure: 'idle processor time, all processes',
      plain: share(plain.percent),
      ours: share(ours.percent),
      target: '< 1 %',
      met: ours.percent < 1,
    },
    { figure: 'memory (PSS), all processes', plain: `${round(plain.megabytes)} MB`, ours: `${round(ours.megabytes)} MB` },
  ];
};
