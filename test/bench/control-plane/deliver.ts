import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addToOutbox } from '../../../src/adapters/files/outbox.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { recordHash } from '../../../src/core/evidence/record.ts';
import { deliverOutbox } from '../../../src/runtime/control-plane/deliver.ts';
import { outboxFolder } from '../../../src/runtime/evidence/seal.ts';
import { openWorkspace } from '../../../src/runtime/workspace.ts';
import { environment, timed } from '../measure.ts';
import { makeRepository } from '../repository.ts';
import { sampleDelivery } from './fill.ts';

let runs = 0;

/** Milliseconds that `evidence sync` needs for so many records with a log each, from the disk into the database. */
export async function deliverWaiting(url: string, count: number): Promise<number> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-ops-bench-outbox-')));
  try {
    const root = makeRepository(base, { files: 10, bytes: 100, large: 0 });
    writeFileSync(join(root, 'odoo-ops.yml'), `control_plane: { timeout: 60s, client_id: outbox-${++runs} }\n`);
    const context = { signal: new AbortController().signal, report: () => undefined };
    const workspace = await openWorkspace(root, context, environment({ DATABASE_URL: url }));
    for (let index = 0; index < count; index++) {
      const { record } = sampleDelivery(index);
      const folder = join(workspace.evidenceRoot, '20260101-0800+0800', `act-${index}`);
      mkdirSync(join(folder, 'logs'), { recursive: true });
      const log = `2026-01-01T08:00:00+08:00 info line of ${index}\n`.repeat(60);
      writeFileSync(join(folder, 'logs', 'act.log'), log);
      const unsealed = { ...record, files: [{ path: 'logs/act.log', sha256: sha256(log), bytes: log.length }], hash: null };
      writeFileSync(join(folder, 'record.json'), `${JSON.stringify({ ...unsealed, hash: recordHash(unsealed, sha256) }, null, 2)}\n`);
      await addToOutbox(outboxFolder(workspace), record.id);
    }
    return await timed(async () => {
      const { delivered, waiting } = await deliverOutbox(workspace);
      if (delivered !== count || waiting !== 0) throw new Error(`${delivered} delivered, ${waiting} wait`);
    });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
