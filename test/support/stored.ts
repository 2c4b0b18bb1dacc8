import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/adapters/files/hash.ts';
import { addToOutbox } from '../../src/adapters/files/outbox.ts';
import type { Delivery } from '../../src/core/control-plane/rows.ts';
import { recordHash } from '../../src/core/evidence/record.ts';
import { outboxFolder } from '../../src/runtime/evidence/seal.ts';
import type { Workspace } from '../../src/runtime/workspace.ts';

/**
 * Puts a sealed record where its act would have left it, with its logs; it waits for the control plane.
 * @returns its folder, from the root of the repository
 */
export async function stored(
  workspace: Workspace,
  { record, folder }: Delivery,
  logs: Record<string, Buffer | string> = {},
): Promise<string> {
  const path = join(workspace.root, folder);
  mkdirSync(join(path, 'logs'), { recursive: true });
  const files = Object.entries(logs).map(([name, content]) => {
    writeFileSync(join(path, 'logs', name), content);
    return { path: `logs/${name}`, sha256: sha256(content), bytes: Buffer.byteLength(content) };
  });
  const unsealed = { ...record, files, hash: null };
  writeFileSync(join(path, 'record.json'), `${JSON.stringify({ ...unsealed, hash: recordHash(unsealed, sha256) }, null, 2)}\n`);
  await addToOutbox(outboxFolder(workspace), record.id);
  return folder;
}
