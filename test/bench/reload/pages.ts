import { setTimeout as sleep } from 'node:timers/promises';
import { launchChromium } from '../../host/chromium.ts';
import { inTurn } from '../measure.ts';
import { measureEdit, openProbe, type Kind, type Refresh, type Side as Where, type Watched } from './browser.ts';
import { progress, type Ground } from './ground.ts';
import { EDITS, withBoth, type Part, type Stands } from './parts.ts';
import { compared, round, type Row } from './table.ts';

const WHERE: readonly Where[] = ['backend', 'website'];
const BETWEEN_MS = 1000;
let mark = 0;

async function rowsOf(kind: Kind, ground: Ground, stands: Stands): Promise<Row[]> {
  const browser = await launchChromium();
  try {
    return await withBoth(ground, stands, async ({ server: plain }, { server: ours }) => {
      const rows: Row[] = [];
      for (const where of WHERE) {
        progress(`  ${where}`);
        const plainPage = await openProbe(browser, plain.url, where, true);
        const ourPage = await openProbe(browser, ours.url, where);
        const measure = (watched: Watched, addons: string, refresh: Refresh) => async () => {
          const ms = await measureEdit(watched, addons, kind, ++mark % 1000, refresh);
          progress(`  ${refresh === 'live' ? 'ours ' : 'plain'} ${round(ms)} ms`);
          await sleep(BETWEEN_MS);
          return ms;
        };
        const [plainTimes, ourTimes] = (await inTurn(
          EDITS,
          measure(plainPage, plain.addons, 'pressed'),
          measure(ourPage, ours.addons, 'live'),
        )) as [number[], number[]];
        rows.push(compared(`${kind.toUpperCase()}, ${where}: save to painted`, plainTimes, ourTimes, { belowMs: 1000 }));
        await plainPage.page.close();
        await ourPage.page.close();
      }
      return rows;
    });
  } finally {
    await browser.close();
  }
}

/** In a Chromium; beside it `?debug=assets` in plain Odoo, with the page reloaded by us right after the save. */
export const scss: Part = (ground, stands) => rowsOf('scss', ground, stands);
export const js: Part = (ground, stands) => rowsOf('js', ground, stands);
