import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { processEngine } from '../../../../src/adapters/odoo/engine/process-engine.ts';
import type { ProcessEngineOptions } from '../../../../src/adapters/odoo/engine/options.ts';
import { resolveRunAs } from '../../../../src/adapters/odoo/run-as.ts';
import type { Code, CodeSource, Engine, Place } from '../../../../src/core/pr-environments/engine.ts';
import type { Attempt } from '../../../../src/core/pr-environments/identity.ts';
import type { Thing } from '../../../../src/core/pr-environments/thing.ts';
import { until } from '../../../support/until.ts';

export const { signal } = new AbortController();
export const PROJECT = 'acme';
export const PASSWORD = 'a-very-secret-password';
const BOUNDS = { cpus: 1, memory: 2 ** 30, egress: [] };

export interface Harness {
  engine: Engine;
  options: ProcessEngineOptions;
  attempt: (number: number, commit?: string) => Attempt;
  /** A commit with one addon, written by the engine's own call. */
  source: (attempt: Attempt, requirements?: string) => CodeSource;
  conf: (place: Place, more?: string) => string;
  /** Code, place and filestore, ready to start. */
  ground: (attempt: Attempt) => Promise<{ code: Code; place: Place }>;
  /** Started, and answering. */
  up: (attempt: Attempt) => Promise<{ code: Code; place: Place }>;
  logged: (attempt: Attempt, pattern: RegExp) => Promise<RegExpExecArray>;
  removeAll: () => Promise<void>;
}

export const byKind = (things: readonly Thing[], kind: Thing['kind']): Thing[] => things.filter((thing) => thing.kind === kind);

/** An engine on a folder of its own, with the fake; as root it runs as `nobody`. */
export async function harness(base: string, more: Partial<ProcessEngineOptions> = {}): Promise<Harness> {
  chmodSync(dirname(base), 0o755); // `nobody` has to pass
  const home = join(base, 'odoo');
  mkdirSync(home);
  copyFileSync(new URL('fake-odoo.py', import.meta.url), join(home, 'odoo-bin'));
  const options: ProcessEngineOptions = {
    folder: join(base, 'environments'),
    odoo: { home, program: join(home, 'odoo-bin'), python: '/usr/bin/python3' },
    runAs: await resolveRunAs({ ODOO_OPS_RUN_AS: 'nobody' }),
    mail: { host: '127.0.0.1', port: 1 },
    environment: { ...process.env, GITHUB_TOKEN: 'ghp_secret', PGDATABASE: 'production', ODOO_DB_NAME: 'production' },
    graceMs: 3_000,
    ...more,
  };
  const engine = processEngine(options);

  const attempt: Harness['attempt'] = (number, commit = 'c0ffee'.padEnd(40, '0')) => {
    const id = randomUUID();
    return {
      identity: { project: PROJECT, number, host: 'localhost', name: `odoo-ops-${PROJECT}-pr-${number}`, database: `db_${number}` },
      id,
      commit,
      stamp: {
        project: PROJECT,
        number,
        attempt: id,
        commit,
        branch: 'feature/x',
        created_at: new Date().toISOString(),
        engine: 'here',
        expires_at: null,
      },
    };
  };
  const source: Harness['source'] = ({ commit }, requirements) => ({
    commit,
    committed_at: '2026-01-02T03:04:05Z',
    folders: [{ path: 'addons', tree: commit, files: [] }],
    sizes: () => Promise.resolve([]),
    read: () => Promise.resolve(),
    requirements: requirements ?? null,
    checkout: (folder) => {
      mkdirSync(join(folder, 'addons', 'probe', 'data'), { recursive: true, mode: 0o700 });
      mkdirSync(join(folder, '.git'));
      writeFileSync(join(folder, 'addons', 'probe', '__manifest__.py'), `{'name': '${commit}'}`, { mode: 0o600 });
      writeFileSync(join(folder, 'addons', 'probe', 'data', 'neutralize.sql'), 'SELECT 1;');
      return Promise.resolve();
    },
  });
  const conf: Harness['conf'] = (place, more = '') =>
    `[options]\nhttp_port = ${place.http.port}\ndb_password = ${PASSWORD}\ndata_dir = ${place.data_dir}\n${more}`;
  const ground: Harness['ground'] = async (one) => {
    const code = await engine.buildCode(one, source(one), () => undefined, signal);
    const [place] = await Promise.all([
      engine.makePlace(one, BOUNDS, { host: '127.0.0.1', port: 5432 }, signal),
      engine.makeFilestore(one, code, null, signal),
    ]);
    return { code, place };
  };
  const logged: Harness['logged'] = (one, pattern) =>
    until(`the log says ${pattern.source}`, async () => {
      const lines: string[] = [];
      await engine.logs(one.identity, { tail: 10_000, follow: false, onLine: (line) => lines.push(line) }, signal);
      return lines.map((line) => pattern.exec(line)).findLast((found) => found !== null);
    });
  return {
    engine,
    options,
    attempt,
    source,
    conf,
    ground,
    up: async (one) => {
      const { code, place } = await ground(one);
      await engine.start(one, code, conf(place), signal);
      await until('it answers', () => engine.ask(one.identity, '/web/health', signal));
      return { code, place };
    },
    logged,
    removeAll: async () => {
      const things = await engine.things(PROJECT, signal);
      for (const kind of ['process', 'work-tree', 'folder'] as const)
        for (const thing of byKind(things, kind)) await engine.remove(thing, signal);
    },
  };
}

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
