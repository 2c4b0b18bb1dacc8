import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { configFrom } from '../../src/adapters/files/config-file.ts';
import { pullRequestsSchema } from '../../src/core/config/pull-requests.ts';
import { PACKAGE_ROOT } from '../support/bundle.ts';

interface Node {
  properties?: Record<string, Node>;
  anyOf?: Node[];
}

/** Keys of a section, as a person writes them: `limits.cpus`. */
function keysOf({ properties = {} }: Node, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([name, node]) => (node.properties ? keysOf(node, `${prefix}${name}.`) : [`${prefix}${name}`]));
}

describe('docs/configuration.md', () => {
  const page = readFileSync(join(PACKAGE_ROOT, 'docs/configuration.md'), 'utf8');
  const [, section = ''] = page.split(/^## pull_requests$/m);
  const rows = (section.split(/^## /m)[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));

  it('has an example that is valid', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    assert.equal(configFrom(example).pull_requests.running, 10);
  });

  it('has one line for each key of pull_requests, and no line for another', () => {
    const keys = keysOf(z.toJSONSchema(pullRequestsSchema, { io: 'input' }) as Node);
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, key = '']) => key));
    assert.deepEqual(named.sort(), keys.sort());
  });

  it('says the defaults as they are', () => {
    const defaults = pullRequestsSchema.parse(undefined);
    const valueAt = (key: string) => key.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], defaults);
    for (const row of rows) {
      const [, keys = '', values = ''] = row.split('|');
      const words = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
      for (const [index, key] of words(keys).entries()) {
        const value = valueAt(key);
        const said = words(values)[index];
        if (key === 'access') continue; // said in words of YAML
        assert.equal(
          said,
          value === undefined ? undefined : Array.isArray(value) ? `[${value.join(', ')}]` : `${value as string | number | boolean}`,
          key,
        );
      }
    }
  });
});
