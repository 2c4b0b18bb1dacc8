import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchBuild } from './build.ts';
import { benchCli } from './cli.ts';
import { reporter, type Report } from './measure.ts';
import { benchOverview } from './overview.ts';

const BENCHES: Readonly<Record<string, (folder: string, report: Report) => Promise<void>>> = {
  cli: benchCli,
  overview: benchOverview,
  build: benchBuild,
};

// `npm run bench -- build` runs one of them. A missed target is a line with `ok: false`, not an exit code: the machine may be busy.
const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) throw new Error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`);

const base = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-ops-bench-')));
try {
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const folder = join(base, name);
    mkdirSync(folder);
    await bench(folder, reporter(name));
    rmSync(folder, { recursive: true, force: true });
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
