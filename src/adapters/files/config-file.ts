import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configError, parseConfig } from '../../core/config/parse.ts';
import { CONFIG_FILE, type Config } from '../../core/config/schema.ts';
import { OpsError } from '../../core/errors.ts';
import { parseYaml } from './yaml.ts';

/** The configuration in a text. @throws OpsError `config`, with file, line and column of each problem */
export function configFrom(text: string): Config {
  const result = parseConfig(parseYaml(text));
  if (!result.ok) throw configError(result.problems);
  return result.config;
}

/** Text of `odoo-ops.yml` at the root; null where there is none. @throws OpsError `config` where it cannot be read */
export async function readConfigFile(root: string): Promise<string | null> {
  try {
    return await readFile(join(root, CONFIG_FILE), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    const reason =
      code === 'EISDIR' ? 'is a directory' : code === 'EACCES' ? 'may not be read by you' : `cannot be read (${code ?? 'unknown'})`;
    throw new OpsError('config', `${CONFIG_FILE} ${reason}.`, { hint: `Make ${CONFIG_FILE} a readable file.`, cause: error });
  }
}
