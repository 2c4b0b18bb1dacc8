import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { knownRecords, pruneLogs, recordRows, setFeatureFlag } from '../../../src/core/control-plane/calls.ts';
import { flagChanges } from '../../../src/core/control-plane/flags.ts';
import { logRows } from '../../../src/core/control-plane/logs.ts';
import type { ControlPlane } from '../../../src/core/control-plane/port.ts';
import {
  activity,
  deployments,
  filesOf,
  gatesOfPromotion,
  logsOf,
  oneActivity,
  promotionsInto,
  type Activity,
  type Cursor,
} from '../../../src/core/control-plane/questions.ts';
import { rowsOf, type Delivery, type Rows } from '../../../src/core/control-plane/rows.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { delivery, deployment, promotion, SHA } from '../../support/deliveries.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { environmentsContract } from './environments-contract.ts';
import { tasksContract } from './tasks-contract.ts';

export type Role = 'ci' | 'operator' | 'viewer';

/** One way to a control plane: what the contract needs of it. */
export interface Backend {
  /** A control plane on a database of its own, with the schema. */
  create: () => Promise<Site>;
}

export interface Site {
  /** As a member of a client. @param claimed the client that is asked for, where it is another one */
  plane: (clientId: string, role: Role, options?: { claimed?: string; signal?: AbortSignal }) => ControlPlane;
  /** Directly, past every protection. */
  query: (sql: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
}

const idOf = ({ record }: Delivery): string => record.id;
const deliver = async (plane: ControlPlane, all: readonly Delivery[], client = plane.clientId): Promise<string[]> => {
  const rows: Record<string, unknown[]> = {};
  for (const one of all) for (const [table, more] of Object.entries(rowsOf(one, client, sha256))) (rows[table] ??= []).push(...more);
  return Object.keys(await plane.call(recordRows(rows as Rows)));
};

async function everything(plane: ControlPlane, page: number): Promise<Activity[]> {
  const all: Activity[] = [];
  let after: Cursor | undefined;
  for (;;) {
    const found = await plane.select(activity({}, page, after));
    all.push(...found);
    const last = found.at(-1);
    if (!last || found.length < page) return all;
    after = { finished_at: last.finished_at, id: last.id };
  }
}

/** What every adapter of the control plane does, on a real PostgreSQL with real roles and row-level security. */
export function contract(backend: () => Backend): void {
  let site: Site;
  before(async () => {
    site = await backend().create();
  });
  let number = 0;
  /** Clients of one test: tests do not see each other. */
  const clients = () => [`acme-${++number}`, `globex-${number}`] as const;

  describe('writing', () => {
    it('gives one row a record, once, however often it is delivered and by however many at a time', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      const all = [delivery(1), promotion(2, 'staging'), deployment(3, 'production')];
      assert.deepEqual((await deliver(plane, all)).sort(), all.map(idOf));
      assert.deepEqual((await deliver(plane, all)).sort(), all.map(idOf));
      await Promise.all([1, 2, 3, 4].map(() => deliver(site.plane(acme, 'ci'), all)));
      const counts = Object.fromEntries(
        await Promise.all(
          ['evidence', 'builds', 'promotions', 'gate_results', 'deployments', 'migrations', 'health_checks', 'environments'].map(
            async (table) =>
              [table, (await site.query(`select count(*)::int as n from ops.${table} where client_id = $1`, [acme]))[0]?.['n']] as const,
          ),
        ),
      );
      assert.deepEqual(counts, {
        evidence: 3,
        builds: 1,
        promotions: 1,
        gate_results: 2,
        deployments: 1,
        migrations: 1,
        health_checks: 3,
        environments: 1,
      });
    });

    it('is all or nothing', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      const rows = rowsOf(promotion(1, 'staging'), acme, sha256);
      const [gate] = rows.gate_results ?? [];
      await rejectsWith(
        plane.call(recordRows({ ...rows, gate_results: [{ ...gate!, result: 'maybe' as 'passed' }] })),
        'rejected',
        'gate_results',
      );
      assert.deepEqual(await plane.call(knownRecords(acme, [idOf(promotion(1, 'staging'))])), []);
      assert.deepEqual(await plane.select(activity({}, 10)), []);
    });

    it('says whether trying again helps: what the rows are is rejected, a column that the table lacks is not their fault', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      const { evidence = [] } = rowsOf(delivery(1), acme, sha256);
      await rejectsWith(plane.call(recordRows({ evidence: [{ ...evidence[0]!, started_at: 'no time' }] })), 'rejected');
      await rejectsWith(plane.call(recordRows({ evidence: [{ ...evidence[0]!, id: 'no-uuid' }] })), 'rejected');
      const error = await rejectsWith(
        plane.call(recordRows({ evidence: [{ ...evidence[0]!, colour: 'red' } as never] })),
        'unreachable',
        'colour',
      );
      assert.match(error.hint ?? '', /control-plane migrate/);
      await rejectsWith(plane.call(recordRows({ users: [] } as never)), 'rejected', 'users');
    });

    it('takes every character that a record may hold', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      const words = `'; drop table ops.evidence; -- a\0b \ud800 \\u0000 🎉 \u202e {"x": [1]} $1 %s`;
      await deliver(plane, [delivery(1, { result: 'failed', message: words, topic: words })]);
      const [found] = await plane.select(activity({}, 1));
      assert.equal(found?.error, words.replace('\0', '\ufffd').replace('\ud800', '\ufffd'));
    });

    it('needs the role ci: a viewer and an operator write nothing, and are told so', async () => {
      const [acme] = clients();
      for (const role of ['viewer', 'operator'] as const) {
        const error = await rejectsWith(deliver(site.plane(acme, role), [delivery(1)]), 'unreachable');
        assert.match(`${error.message} ${error.hint ?? ''}`, /row-level security.*role "ci"/s);
      }
      assert.deepEqual(await site.query('select id from ops.evidence where client_id = $1', [acme]), []);
    });
  });

  describe('two clients', () => {
    it('see nothing of each other, by any question', async () => {
      const [acme, globex] = clients();
      await deliver(site.plane(acme, 'ci'), [delivery(1), promotion(2, 'production'), deployment(3, 'production')]);
      await site
        .plane(acme, 'ci')
        .call(recordRows({ logs: logRows(acme, idOf(deployment(3, 'production')), 'act.log', 'secret of acme\n') }));
      for (const other of [site.plane(globex, 'ci'), site.plane(globex, 'viewer'), site.plane(globex, 'ci', { claimed: acme })]) {
        assert.deepEqual(await other.select(activity({}, 10)), []);
        assert.deepEqual(await other.select(oneActivity(idOf(delivery(1)))), []);
        assert.deepEqual(await other.select(promotionsInto('production')), []);
        assert.deepEqual(await other.select(gatesOfPromotion(idOf(promotion(2, 'production')))), []);
        assert.deepEqual(await other.select(deployments({}, 10)), []);
        assert.deepEqual(await other.select(logsOf(idOf(deployment(3, 'production')), 10)), []);
        assert.deepEqual(await other.select(filesOf(idOf(delivery(1)))), []);
        assert.deepEqual(await other.call(knownRecords(acme, [idOf(delivery(1))])), []);
      }
    });

    it('write nothing for each other, and stand in nobody’s way with the same ids', async () => {
      const [acme, globex] = clients();
      await rejectsWith(deliver(site.plane(globex, 'ci'), [delivery(1)], acme), 'unreachable', 'row-level security');
      await deliver(site.plane(globex, 'ci'), [delivery(1, { actor: 'Globex' })]);
      assert.deepEqual(await deliver(site.plane(acme, 'ci'), [delivery(1)]), [idOf(delivery(1))]);
      assert.deepEqual(
        (await site.plane(acme, 'viewer').select(activity({}, 10))).map(({ actor }) => actor),
        ['Ana'],
      );
    });
  });

  describe('rows that are written', () => {
    it('are neither changed nor deleted by anybody, the owner and the service role included', async () => {
      const [acme] = clients();
      await deliver(site.plane(acme, 'ci'), [promotion(1, 'staging'), deployment(2, 'staging')]);
      await site.plane(acme, 'ci').call(recordRows({ logs: logRows(acme, idOf(promotion(1, 'staging')), 'act.log', 'x\n') }));
      for (const role of ['', 'set role service_role;']) {
        for (const [table, column] of [
          ['evidence', 'actor'],
          ['evidence_files', 'path'],
          ['builds', 'actor'],
          ['promotions', 'actor'],
          ['gate_results', 'message'],
          ['deployments', 'actor'],
          ['migrations', 'module'],
          ['health_checks', 'message'],
          ['environments', 'actor'],
          ['metrics', 'name'],
          ['logs', 'content'],
        ]) {
          const refused = role === '' ? /keeps/ : /keeps|permission denied/;
          if ((await site.query(`select from ops.${table ?? ''} where client_id = $1 limit 1`, [acme])).length === 0) continue;
          await assert.rejects(site.query(`${role} update ops.${table ?? ''} set ${column ?? ''} = 'x'`), refused, `update ${table ?? ''}`);
          // The samples' metrics are from January: they may go.
          if (table !== 'metrics')
            await assert.rejects(site.query(`${role} delete from ops.${table ?? ''}`), refused, `delete ${table ?? ''}`);
          await assert.rejects(site.query(`${role} truncate ops.${table ?? ''} cascade`), refused, `truncate ${table ?? ''}`);
        }
      }
    });

    it('of a pull request’s environment change until it is removed, and never after', async () => {
      const [acme] = clients();
      const row = `'${acme}', gen_random_uuid(), 7, 'feature/x', 'pr-7', 'sha', 'running', null, now(), now(), null`;
      await site.query(`insert into ops.pull_request_environments values (${row})`);
      await assert.rejects(site.query(`insert into ops.pull_request_environments values (${row})`), /pull_request_environments_alive/);
      await site.query(`update ops.pull_request_environments set sha = 'other' where client_id = '${acme}'`);
      await site.query(`update ops.pull_request_environments set state = 'removed', removed_at = now() where client_id = '${acme}'`);
      await assert.rejects(site.query(`update ops.pull_request_environments set sha = 'x' where client_id = '${acme}'`), /finished/);
      await assert.rejects(site.query(`delete from ops.pull_request_environments where client_id = '${acme}'`), /finished/);
      await site.query(`insert into ops.pull_request_environments values (${row})`);
    });

    it('of logs and metrics go when they are older than 30 days, of this client only, and not before', async () => {
      const [acme, globex] = clients();
      const old = `insert into ops.logs values ($1, $2, 'act.log', 0, 'x', now() - interval '31 days'), ($1, $2, 'act.log', 1, 'x', now() - interval '29 days')`;
      for (const client of [acme, globex]) await site.query(old, [client, idOf(delivery(1))]);
      await rejectsWith(site.plane(acme, 'viewer').call(pruneLogs(acme, new Date())), 'unreachable', 'deleting logs');
      assert.equal(await site.plane(globex, 'ci', { claimed: acme }).call(pruneLogs(acme, new Date())), 0);
      assert.equal(await site.plane(acme, 'ci').call(pruneLogs(acme, new Date())), 1);
      assert.equal(await site.plane(acme, 'ci').call(pruneLogs(acme, new Date())), 0);
      assert.deepEqual(await site.query('select client_id, part from ops.logs where client_id in ($1, $2) order by 1, 2', [acme, globex]), [
        { client_id: acme, part: 1 },
        { client_id: globex, part: 0 },
        { client_id: globex, part: 1 },
      ]);
    });
  });

  describe('flags', () => {
    const flag = { name: 'night', environment: '*', enabled: true, reason: 'because', actor: 'The CEO' };

    it('are switched by operators and CI, through one function, and an operator is who the token says', async () => {
      const [acme, globex] = clients();
      await rejectsWith(site.plane(acme, 'viewer').call(setFeatureFlag(acme, randomUUID(), flag)), 'unreachable', 'switching a flag');
      await rejectsWith(site.plane(globex, 'operator').call(setFeatureFlag(acme, randomUUID(), flag)), 'unreachable', 'switching a flag');
      await site.plane(acme, 'operator').call(setFeatureFlag(acme, randomUUID(), flag));
      await site.plane(acme, 'ci').call(setFeatureFlag(acme, randomUUID(), { ...flag, enabled: false }));
      const changes = await site.plane(acme, 'viewer').select(flagChanges(10));
      assert.deepEqual(
        changes.map(({ enabled, actor }) => [enabled, actor]),
        [
          [false, 'The CEO'],
          [true, 'operator'],
        ],
      );
      assert.deepEqual(await site.plane(globex, 'viewer').select(flagChanges(10)), []);
      await rejectsWith(site.plane(acme, 'ci').call(setFeatureFlag(acme, randomUUID(), { ...flag, name: 'No Name!' })), 'rejected');
    });
  });

  describe('reading', () => {
    it('gives back what the record said', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      const one = promotion(1, 'production');
      await deliver(plane, [one, deployment(2, 'production')]);
      const [row] = await plane.select(promotionsInto('production'));
      assert.deepEqual(
        { ...row, started_at: null, finished_at: Date.parse(row?.finished_at ?? '') },
        {
          id: one.record.id,
          environment: 'production',
          from_branch: 'main',
          to_branch: 'production',
          from_sha: SHA,
          sha: SHA,
          previous_sha: 'f'.repeat(40),
          emergency_reason: null,
          commits: [{ sha: SHA, committed_at: '2026-01-01T08:00:00+08:00' }],
          modules: [
            {
              module: 'ipai_loyalty',
              path: 'addons/ipai/ipai_loyalty',
              change: 'changed',
              old_version: '19.0.1.0.0',
              new_version: '19.0.1.1.0',
            },
          ],
          actor: 'Ana',
          result: 'passed',
          error: null,
          started_at: null,
          finished_at: Date.parse(one.record.finished_at ?? ''),
          evidence_folder: one.folder,
          record_sha256: one.record.hash,
        },
      );
      assert.deepEqual(
        (await plane.select(gatesOfPromotion(one.record.id))).map(({ name, result }) => [name, result]),
        [
          ['linear-history', 'passed'],
          ['tests', 'passed'],
        ],
      );
      const [ran] = await plane.select(deployments({ environment: 'production', result: 'passed' }, 1));
      assert.deepEqual([ran?.sha, ran?.running_sha, ran?.rollback, ran?.stage], [SHA, SHA, false, 'production']);
    });

    it('answers by environment, module, act, result and time, newest first', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      await deliver(plane, [
        delivery(1),
        promotion(2, 'staging'),
        promotion(3, 'production'),
        deployment(4, 'production', { result: 'failed' }),
      ]);
      const numbers = async (...question: Parameters<typeof activity>) =>
        (await plane.select(activity(...question))).map(({ id }) => Number(id.slice(-12)));
      assert.deepEqual(await numbers({}, 10), [4, 3, 2, 1]);
      assert.deepEqual(await numbers({ environment: 'production' }, 10), [4, 3]);
      assert.deepEqual(await numbers({ module: 'ipai_loyalty' }, 10), [4, 3, 2]);
      assert.deepEqual(await numbers({ module: 'ipai' }, 10), []);
      assert.deepEqual(await numbers({ act: 'promotion', environment: 'staging' }, 10), [2]);
      assert.deepEqual(await numbers({ result: 'failed' }, 10), [4]);
      const at = (index: number) => delivery(index).record.finished_at ?? '';
      assert.deepEqual(await numbers({ since: at(2), until: at(3) }, 10), [3, 2]);
      assert.deepEqual(await numbers({}, 2), [4, 3]);
      assert.deepEqual(await numbers({}, 2, { finished_at: at(3), id: idOf(delivery(3)) }), [2, 1]);
    });

    it('takes words with every sign that a query has for its own', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      await deliver(plane, [delivery(1)]);
      for (const word of ['a,b', '(x)', 'a"b', "a'b", 'a\\b', '*', '%', 'eq.1', 'null', 'a.b', '{a}', '}', ' ']) {
        assert.deepEqual(await plane.select(activity({ module: word, environment: word }, 10)), [], word);
      }
    });

    it('gives logs in their order, part after part', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      const id = idOf(deployment(1, 'staging'));
      const text = Array.from({ length: 300 }, (_, line) => `line ${line} 🎉`).join('\n');
      await plane.call(recordRows({ logs: [...logRows(acme, id, 'b.log', 'b'), ...logRows(acme, id, 'a.log', text, { size: 400 })] }));
      let after: { name: string; part: number } | undefined;
      const logs: Record<string, string> = {};
      for (;;) {
        const parts = await plane.select(logsOf(id, 3, after));
        for (const { name, content } of parts) logs[name] = (logs[name] ?? '') + content;
        after = parts.at(-1);
        if (!after) break;
      }
      assert.deepEqual(logs, { 'a.log': text, 'b.log': 'b' });
    });

    it('pages through 10,000 records without losing or doubling one, also where many ended in the same second', async function () {
      this.timeout(120_000);
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      const all = Array.from({ length: 10_000 }, (_, index) => {
        const second = new Date(Date.UTC(2026, 0, 1, 0, 0, index >> 4)).toISOString();
        return delivery(index, { started_at: second, finished_at: second });
      });
      for (let start = 0; start < all.length; start += 500) await deliver(plane, all.slice(start, start + 500));
      const found = await everything(plane, 700);
      assert.equal(found.length, all.length);
      assert.deepEqual(
        found.map(({ id }) => id),
        all.map(idOf).reverse(),
      );
      const ids = [...all.map(idOf), '00000000-0000-4000-9000-000000000000'];
      assert.equal((await plane.call(knownRecords(acme, ids))).length, all.length);
    });

    it('keeps the order of what clocks said, however wrong they were', async () => {
      const [acme] = clients();
      const plane = site.plane(acme, 'ci');
      const at = (time: string) => ({ started_at: time, finished_at: time });
      await deliver(plane, [
        delivery(1, at('2031-01-01T00:00:00Z')),
        delivery(2, at('1999-12-31T23:59:59-12:00')),
        delivery(3, at('2026-01-01T08:00:00+08:00')),
      ]);
      assert.deepEqual(
        (await everything(plane, 1)).map(({ id }) => Number(id.slice(-12))),
        [1, 3, 2],
      );
    });
  });

  tasksContract(() => site);
  environmentsContract(() => site);

  it('refuses to write where row-level security is switched off, and says on which table', async () => {
    const own = await backend().create();
    const plane = own.plane('acme', 'ci');
    await own.query('alter table ops.gate_results disable row level security');
    const error = await rejectsWith(deliver(plane, [delivery(1)]), 'unreachable', 'gate_results');
    assert.match(error.hint ?? '', /row-level security/i);
    await own.query('alter table ops.gate_results enable row level security');
    await deliver(plane, [delivery(1)]);
    await own.query('alter table ops.builds no force row level security');
    await rejectsWith(deliver(plane, [delivery(1)]), 'unreachable', 'builds');
  });

  it('is left at once by a cancel', async () => {
    const controller = new AbortController();
    const plane = site.plane('acme', 'ci', { signal: controller.signal });
    controller.abort();
    await rejectsWith(plane.select(activity({}, 1)), 'cancelled');
  });
}
