import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded, stopEmbedded } from '../../../src/adapters/postgres/embedded.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { postgresControlPlane } from '../../../src/adapters/postgres/control-plane.ts';
import { recordRows } from '../../../src/core/control-plane/calls.ts';
import type { ControlPlane } from '../../../src/core/control-plane/port.ts';
import { activity, logsOf, type Cursor } from '../../../src/core/control-plane/questions.ts';
import { rowsOf } from '../../../src/core/control-plane/rows.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { inTurn, median, percentile, reporter, timed } from '../measure.ts';
import { deliverWaiting } from './deliver.ts';
import { fill, sampleDelivery, writeLog } from './fill.ts';
import { plan, questions } from './questions.ts';

/** `npm run bench:control-plane`: what reading and writing the control plane costs, and the same with ten times the rows. */
const RECORDS = 15_000; // 10,000 builds, 5,000 promotions and deployments
const PAGE = 50;
const ROUNDS = 200;
const LOG_LINES = 40_000; // 4 MB: the most that is kept of one log
const CLIENT = 'acme';

const report = reporter('control-plane');
const signal = new AbortController().signal;
const stateFile = join(realpathSync(mkdtempSync(join(tmpdir(), 'odoo-ops-bench-'))), 'state.json');

/** What is written by others than acts. */
const TASKS_AND_FLAGS = `with asked as (
    insert into ops.tasks (client_id, kind, payload, requested_by, requested_at, state, finished_at)
    select $1, 'evidence-sync', '{}', 'schedule', now() - n * interval '10 minutes', 'passed', now() from generate_series(1, $2::int / 5) n
  )
  insert into ops.feature_flags (client_id, name, enabled, reason, actor, changed_at)
  select $1, 'flag-' || n % 50, n % 2 = 0, 'because', 'Ana', now() - n * interval '1 hour' from generate_series(1, $2::int / 15) n`;

async function sql<Row>(url: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Where page 200 begins. */
async function cursorOfPage(url: string, page: number): Promise<Cursor> {
  const [row] = await sql<{ row: Cursor }>(
    url,
    `select to_jsonb(found) as row from (select finished_at, id from ops.evidence where client_id = $1 order by finished_at desc, id desc offset $2 limit 1) as found`,
    [CLIENT, (page - 1) * PAGE - 1],
  );
  return row!.row;
}

async function readPages(url: string, plane: ControlPlane, what: string): Promise<void> {
  const cursor = await cursorOfPage(url, 200);
  const page = (after?: Cursor) =>
    timed(async () => {
      const rows = await plane.select(activity({}, PAGE, after));
      if (rows.length !== PAGE) throw new Error(`${rows.length} rows`);
    });
  const counted = { ...activity({}, PAGE) };
  // What a list without a cursor does: it counts its way to the page.
  const offset = () =>
    timed(() =>
      sql(
        url,
        `select ${Object.keys(counted.row.shape).join(', ')} from ops.evidence where client_id = $1 order by finished_at desc, id desc limit 50 offset 9950`,
        [CLIENT],
      ),
    );
  await inTurn(5, page, () => page(cursor), offset);
  const [first = [], late = [], counting = []] = await inTurn(ROUNDS, page, () => page(cursor), offset);
  report({ figure: `first page of Activity, p95, ${what}`, value: percentile(first, 95), unit: 'ms', target: 50 });
  report({
    figure: `page 200 of Activity, p95, ${what}`,
    value: percentile(late, 95),
    unit: 'ms',
    target: Math.max(2 * percentile(first, 95), 1),
    ratio: median(late) / median(first),
    compared_with: 'the first page, medians',
  });
  report({
    figure: `page 200 by OFFSET, p95, ${what}`,
    value: percentile(counting, 95),
    unit: 'ms',
    target: null,
    ratio: median(counting) / median(late),
    compared_with: 'page 200 of Activity, medians',
  });
}

async function readLog(plane: ControlPlane, what: string): Promise<void> {
  const { id } = sampleDelivery(3).record;
  const read = () =>
    timed(async () => {
      let after: { name: string; part: number } | undefined;
      let bytes = 0;
      for (;;) {
        const parts = await plane.select(logsOf(id, 8, after));
        for (const { content } of parts) bytes += content.length;
        after = parts.at(-1);
        if (!after) break;
      }
      if (bytes < 3_500_000) throw new Error(`${bytes} bytes`);
    });
  const [times = []] = await inTurn(9, read);
  report({ figure: `log of one deployment, 4 MB, ${what}`, value: percentile(times, 95), unit: 'ms', target: 1000 });
}

async function explain(url: string, what: string): Promise<void> {
  let sequential = 0;
  for (const [question, query] of Object.entries(questions(await cursorOfPage(url, 200)))) {
    const scans = await plan(url, CLIENT, query);
    const bad = scans.filter((scan) => scan.startsWith('Seq Scan'));
    sequential += bad.length;
    process.stdout.write(`${JSON.stringify({ bench: 'control-plane', explain: question, scans, ok: bad.length === 0 })}\n`);
  }
  report({ figure: `sequential scans in ${what}`, value: sequential, unit: 'x', target: 0 });
}

/** One record a request, over one connection. */
async function oneByOne(plane: ControlPlane, from: number, count: number): Promise<number> {
  return timed(async () => {
    for (let index = from; index < from + count; index++)
      await plane.call(recordRows(rowsOf(sampleDelivery(index), plane.clientId, sha256)));
  });
}

const { url } = await startEmbedded(stateFile, signal);
try {
  const options = { url, timeout: 60_000, signal };
  await migrate(options, migrationsFolder());
  const plane = postgresControlPlane(options, CLIENT);
  let written = 0;
  for (const times of [1, 10]) {
    const what = `${(RECORDS * times).toLocaleString('en')} records`;
    report({ figure: `filling up to ${what}`, value: await timed(() => fill(plane, written, RECORDS * times)), unit: 'ms', target: null });
    written = RECORDS * times;
    if (times === 1) {
      await writeLog(plane, sampleDelivery(3).record.id, LOG_LINES);
      await fill(postgresControlPlane(options, 'globex'), 0, RECORDS); // a neighbour, as there is in a shared project
    }
    await sql(url, TASKS_AND_FLAGS, [CLIENT, RECORDS * times]);
    await sql(url, 'vacuum analyze');
    await explain(url, what);
    await readPages(url, plane, what);
    await readLog(plane, what);
    const outbox = await deliverWaiting(url, 1000);
    const single = await oneByOne(postgresControlPlane(options, `single-${times}`), 0, 1000);
    report({
      figure: `1,000 records from the outbox, ${what}`,
      value: outbox,
      unit: 'ms',
      target: 10_000,
      ratio: single / outbox,
      compared_with: 'one record a request, without reading the disk',
    });
  }
} finally {
  await stopEmbedded(stateFile, true, signal);
  rmSync(join(stateFile, '..'), { recursive: true, force: true });
}
