import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { ESLint } from 'eslint';

const ROOT = resolve(import.meta.dirname, '..');

describe('the layer rule', function () {
  this.timeout(90_000);
  const eslint = new ESLint({ cwd: ROOT });

  /** Rules that complain when this line is put into this file, which exists. */
  async function complaints(file: string, line: string): Promise<string[]> {
    const [result] = await eslint.lintText(`${line}\n`, { filePath: resolve(ROOT, file) });
    return (result?.messages ?? [])
      .filter(({ ruleId }) => ruleId !== null && /restricted|default-export/.test(ruleId))
      .map(({ ruleId }) => ruleId ?? '');
  }

  const broken: [string, string, string][] = [
    ['core imports vscode', 'src/core/text.ts', "export * from 'vscode';"],
    ['core imports Node.js', 'src/core/text.ts', "export * from 'node:fs';"],
    ['core imports Node.js by its old name', 'src/core/text.ts', "export * from 'fs';"],
    ['core imports a package', 'src/core/text.ts', "export * from 'yaml';"],
    ['core imports an adapter', 'src/core/config/parse.ts', "export * from '../../adapters/files/yaml.ts';"],
    ['core imports the runtime', 'src/core/text.ts', "export * from '../runtime/version.ts';"],
    ['an adapter imports another one', 'src/adapters/git/push.ts', "export * from '../files/atomic.ts';"],
    ['an adapter imports another one, the other way', 'src/adapters/files/atomic.ts', "export * from '../process/command.ts';"],
    ['a folder of an adapter imports another adapter', 'src/adapters/formats/sql/read.ts', "export * from '../../files/atomic.ts';"],
    ['an adapter imports the runtime', 'src/adapters/git/push.ts', "export * from '../../runtime/version.ts';"],
    ['an adapter imports vscode', 'src/adapters/git/push.ts', "export * from 'vscode';"],
    ['the runtime imports the command line', 'src/runtime/doctor.ts', "export * from '../cli/table.ts';"],
    ['the runtime imports vscode', 'src/runtime/doctor.ts', "export * from 'vscode';"],
    ['the command line imports an adapter', 'src/cli/confirm.ts', "export * from '../adapters/files/atomic.ts';"],
    ['the command line imports vscode', 'src/cli/confirm.ts', "export * from 'vscode';"],
    ['the extension imports an adapter', 'src/extension/extension.ts', "export * from '../adapters/files/atomic.ts';"],
    ['the extension imports the command line', 'src/extension/extension.ts', "export * from '../cli/table.ts';"],
    ['a module has a default export', 'src/core/text.ts', 'export default 1;'],
  ];
  for (const [what, file, line] of broken) {
    it(`refuses where ${what}`, async () => assert.notDeepEqual(await complaints(file, line), []));
  }

  const whole: [string, string, string][] = [
    ['core imports zod', 'src/core/text.ts', "export * from 'zod';"],
    ['core imports core', 'src/core/config/parse.ts', "export * from '../text.ts';"],
    [
      'an adapter imports core, Node.js and its own folder',
      'src/adapters/git/push.ts',
      "export * from '../../core/text.ts';\nexport * from 'node:fs';\nexport * from './git.ts';",
    ],
    ['a folder of an adapter imports what its adapter shares', 'src/adapters/formats/sql/read.ts', "export * from '../lines.ts';"],
    [
      'the runtime imports adapters and core',
      'src/runtime/doctor.ts',
      "export * from '../adapters/files/atomic.ts';\nexport * from '../core/text.ts';",
    ],
    ['the command line imports the runtime', 'src/cli/confirm.ts', "export * from '../runtime/version.ts';"],
    [
      'the extension imports vscode and the runtime',
      'src/extension/extension.ts',
      "export * from 'vscode';\nexport * from '../runtime/version.ts';",
    ],
  ];
  for (const [what, file, line] of whole) {
    it(`allows where ${what}`, async () => assert.deepEqual(await complaints(file, line), []));
  }
});
