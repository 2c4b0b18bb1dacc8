import { chown, open, readFile, rename, rm } from 'node:fs/promises';
import { parseOdooConf } from '../../../core/devserver/odoo-conf.ts';
import { createRedactor, type Redact } from '../../../core/evidence/redact.ts';
import type { RunAs } from '../run-as.ts';
import { isMissing, writeFailure } from './failures.ts';

/** A file for the eyes of Odoo's user alone, as a whole or not at all. */
export async function writeSecret(path: string, text: string, runAs: RunAs | undefined): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await rm(partial, { force: true }); // of one that was cut off
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    if (runAs) await chown(partial, runAs.uid, runAs.gid);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw writeFailure(path, error);
  }
}

/** Null where there is none. A secret. */
export async function readConfiguration(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

/** Removes from a log what the configuration keeps as a secret, and what looks like one. */
export function redactorFor(configuration: string | null): Redact {
  const conf = parseOdooConf(configuration ?? '');
  return createRedactor({ DB_PASSWORD: conf.get('db_password'), ADMIN_PASSWORD: conf.get('admin_passwd') });
}
