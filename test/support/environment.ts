import { accessSync, constants, statfsSync } from 'node:fs';

// What the developer's machine says of git, GitHub and databases must not decide a test. Set for this process and its children.
const FOREIGN = /^(?:GIT_|GITHUB_|PG|DATABASE_URL$|ODOO_|CI$|NO_COLOR$|FORCE_COLOR$)/;

for (const name of Object.keys(process.env)) if (FOREIGN.test(name)) Reflect.deleteProperty(process.env, name);
process.env['GIT_CONFIG_GLOBAL'] = '/dev/null';
process.env['GIT_CONFIG_NOSYSTEM'] = '1';

// Evidence is flushed to disk at each step, which a disk in memory does at once.
const MEMORY = '/dev/shm';
try {
  const { bavail, bsize } = statfsSync(MEMORY);
  accessSync(MEMORY, constants.W_OK | constants.X_OK);
  if (process.env['TMPDIR'] === undefined && bavail * bsize > 2e9) process.env['TMPDIR'] = MEMORY;
} catch {
  // no such disk here
}

/** The environment of a child process. */
export function testEnvironment(extra: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const entries = Object.entries({ ...process.env, ...extra });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
