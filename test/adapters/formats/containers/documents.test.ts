import assert from 'node:assert/strict';
import { markdownReader } from '../../../../src/adapters/formats/containers/markdown.ts';
import { scriptsReader } from '../../../../src/adapters/formats/containers/scripts.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

/** Each addons path with what stands at its place, which must be the same. */
function paths(text: string, path = 'README.md'): string[] {
  const reader = path.endsWith('.md') ? markdownReader : scriptsReader;
  if (reader.mayTell?.(text) === false) return [];
  const { addons_paths = [] } = reader.read(path, text) as FileFacts;
  return addons_paths.map(({ paths: folders, range }) => {
    const line = text.split('\n')[range.start.line - 1]!;
    if (range.start.line === range.end.line) assert.equal(line.slice(range.start.column - 1, range.end.column - 1), folders.join(','));
    return folders.join(',');
  });
}

const block = (language: string, code: string, indent = ''): string =>
  `# Title\n\n${indent}\`\`\`${language}\n${code.replace(/^(?=.)/gm, indent)}\n${indent}\`\`\`\n`;

describe('the reader of documentation', () => {
  it('knows what is documentation of the repository', () => {
    for (const path of ['README.md', 'docs/a/b.md', 'CONTRIBUTING.md']) assert.ok(markdownReader.reads(path), path);
    for (const path of ['addons/oca/x/README.md', 'docs/a.rst']) assert.ok(!markdownReader.reads(path), path);
  });

  it('finds the path in blocks of a shell, with prompts and over lines', () => {
    assert.deepEqual(paths(block('bash', '$ odoo-bin --addons-path=/a,/b -d x')), ['/a,/b']);
    assert.deepEqual(paths(block('', 'odoo \\\n  --addons-path /a,/b \\\n  -d x')), ['/a,/b']);
    assert.deepEqual(paths(block('sh', 'it\'s broken\nodoo --addons-path="/a,/b"')), ['/a,/b']);
    assert.deepEqual(paths(block('sh', 'export ODOO_ADDONS_PATH=/a,/b')), ['/a,/b']);
    assert.deepEqual(paths('Run `odoo-bin --addons-path=/a,/b` now.\n'), ['/a,/b']);
  });

  it('finds it in blocks of other formats', () => {
    assert.deepEqual(paths(block('yaml', 'services:\n  odoo:\n    image: odoo\n    command: odoo --addons-path=/a,/b')), ['/a,/b']);
    assert.deepEqual(paths(block('yml', 'services:\n  odoo:\n    image: odoo\n    environment:\n      ODOO_ADDONS_PATH: /a,/b')), [
      '/a,/b',
    ]);
    assert.deepEqual(paths(block('ini', '[options]\naddons_path = /a,/b')), ['/a,/b']);
    assert.deepEqual(paths(block('jsonc', '{ "remoteEnv": { "ODOO_ADDONS_PATH": "/a,/b" }, // x\n}')), ['/a,/b']);
  });

  it('finds it in lists, quotes and with CRLF, where it stands', () => {
    assert.deepEqual(paths(`- item\n\n${block('sh', 'odoo --addons-path=/a,/b', '  ').slice(9)}`), ['/a,/b']);
    assert.deepEqual(paths('> ```sh\n> odoo --addons-path=/a,/b\n> ```\n'), ['/a,/b']);
    assert.deepEqual(paths('    odoo --addons-path=/a,/b\n'), ['/a,/b']);
    assert.deepEqual(paths('```sh\r\nodoo --addons-path=/a,/b\r\n```\r\n'), ['/a,/b']);
  });

  it('takes placeholders and other languages for nothing', () => {
    for (const value of [
      '<path>',
      '...',
      '$ADDONS',
      '${ADDONS_PATH}',
      '{odoo,oca}',
      '/path/to/addons',
      'PATH',
      '%s',
      '{{ path }}',
      '/a,...',
      '…',
    ])
      assert.deepEqual(paths(block('sh', `odoo --addons-path=${value}`)), [], value);
    assert.deepEqual(paths(block('python', 'run("--addons-path=/a,/b")')), []);
    assert.deepEqual(paths('The key `addons_path`, or --addons-path=/a in a sentence.\n'), []);
    assert.deepEqual(paths(block('sh', '# odoo --addons-path=/a')), []);
    assert.deepEqual(paths(block('sh', 'odoo --addons-path; echo')), []);
  });

  it('keeps the names of the workspace', () =>
    assert.deepEqual(paths(block('sh', 'odoo --addons-path=${PWD}/a,$(pwd)/b')), ['${PWD}/a,$(pwd)/b']));
});

describe('the reader of scripts', () => {
  it('knows scripts, make files, Procfiles and the editor', () => {
    for (const path of ['run.sh', 'Makefile', 'Procfile', '.vscode/launch.json', '.vscode/tasks.json', 'x/y.mk'])
      assert.ok(scriptsReader.reads(path), path);
    for (const path of ['run.py', 'tests/run.sh', 'test-run.sh', 'launch.json']) assert.ok(!scriptsReader.reads(path), path);
  });

  it('finds the path in commands', () => {
    assert.deepEqual(paths('#!/bin/sh\nset -e\nexec odoo --addons-path="/a,/b" "$@"\n', 'run.sh'), ['/a,/b']);
    assert.deepEqual(paths('web: odoo-bin --addons-path /a,/b -d x\n', 'Procfile'), ['/a,/b']);
    assert.deepEqual(paths('run:\n\todoo --addons-path=$(CURDIR)/a,./b\n', 'Makefile'), ['$(CURDIR)/a,./b']);
    assert.deepEqual(paths('P=/a\nodoo --addons-path=$P,/b\n', 'run.sh'), []);
  });

  it('finds it in arguments and in whole commands of the editor', () => {
    assert.deepEqual(paths('{ "configurations": [{ "args": ["--addons-path", "/a,/b", "--dev=all"] }] } // x\n', '.vscode/launch.json'), [
      '/a,/b',
    ]);
    assert.deepEqual(paths('{ "args": ["--addons-path=${workspaceFolder}/a,/b",], }', '.vscode/launch.json'), ['${workspaceFolder}/a,/b']);
    assert.deepEqual(paths('{ "command": "odoo --addons-path=/a,/b" }', '.vscode/tasks.json'), ['/a,/b']);
  });
});
