import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { lintSource } from '@secretlint/core';
import preset from '@secretlint/secretlint-rule-preset-recommend/package.json' with { type: 'json' };
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { mayHoldSecret, NEEDS } from '../../../src/adapters/secretlint/prefilter.ts';
import { secretlintReader, secretsByForm } from '../../../src/adapters/secretlint/reader.ts';
import { cliBundle } from '../../support/bundle.ts';
import { randomText, SAMPLES } from '../../support/secrets.ts';

const PREFIX = '@secretlint/secretlint-rule-';
const names = rules.map(({ meta }) => meta.id.replace(PREFIX, '')).filter((name) => name !== 'filter-comments');

describe('secretlint', () => {
  it('has a prefilter and samples for each of its rules: a version with more of them wants both', () => {
    assert.deepEqual(Object.keys(NEEDS).sort(), [...names].sort());
    assert.deepEqual(Object.keys(SAMPLES).sort(), [...names].sort());
    // A rule that looks for more than before is not seen by its name: read the patterns of another version before this number moves.
    assert.equal(preset.version, '11.7.1');
  });

  for (const name of names) {
    it(`lets what ${name} finds through its prefilter, tells where it is, and never the value`, async () => {
      for (const { path, text, value } of SAMPLES[name] ?? []) {
        const rule = rules.find(({ meta }) => meta.id === `${PREFIX}${name}`)!;
        const config = { rules: [{ id: rule.meta.id, rule }] };
        const source = { filePath: path, content: text, contentType: 'text' as const, ext: path.slice(path.lastIndexOf('.')) };
        const alone = await lintSource({ source, options: { config, noPhysicFilePath: true } });
        assert.ok(alone.messages.length > 0, `a sample that ${name} does not find: ${text.slice(0, 60)}`);
        assert.ok(mayHoldSecret(text), text.slice(0, 60));
        assert.ok(new RegExp(NEEDS[name]!).test(text), text.slice(0, 60));
        const facts = await secretsByForm(path, text);
        assert.ok(facts.length > 0, text.slice(0, 60));
        for (let at = 0; at + 5 <= value.length; at++) assert.ok(!JSON.stringify(facts).includes(value.slice(at, at + 5)), name);
      }
    });
  }

  it('points to the value itself, after line ends of Windows as well', async () => {
    const value = randomText(40);
    const [fact] = await secretsByForm('a.env', `# one\r\n# two\r\nAWS_SECRET_ACCESS_KEY=${value}\r\n`);
    assert.deepEqual(fact?.range, { start: { line: 3, column: 23 }, end: { line: 3, column: 63 } });
  });

  it('heeds no comment in the file: what may stand is said in odoo-ops.yml', async () => {
    const text = `# secretlint-disable\nx = npm_${randomText(36)}\n# secretlint-enable\n`;
    assert.equal((await secretsByForm('a.txt', text)).length, 1);
  });

  it('passes what only stands for a secret', async () => {
    for (const text of [
      'postgres://odoo:${DB_PASSWORD}@db/odoo',
      'postgres://user:password@localhost:5432/db',
      'https://user:your-password@host.example/',
      `AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`,
      `ghp_${'x'.repeat(36)}`,
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    ])
      assert.deepEqual(
        (await secretsByForm('a.txt', text)).filter(({ common }) => !common),
        [],
        text,
      );
  });

  it('is quick where there is nothing: a line of a megabyte, lock files, translations', async () => {
    const line = `var a=${'"https://a.b/c:d",function(e){return e.token},'.repeat(25_000)}0`;
    const begin = performance.now();
    assert.deepEqual(await secretsByForm('a.min.js', line), []);
    assert.ok(performance.now() - begin < 500, `${performance.now() - begin} ms`);
    for (const path of ['package-lock.json', 'i18n/de.po', 'static/icon.svg', 'tls.crt', 'yarn.lock'])
      assert.ok(!secretlintReader.reads(path), path);
  });

  it('ends also where a file is nothing but secrets', async () => {
    const tokens = Array.from({ length: 20_000 }, (_, at) => `npm_${randomText(36, at + 1)}`).join('\n');
    const begin = performance.now();
    assert.ok((await secretsByForm('a.txt', tokens)).length >= 500);
    assert.ok(performance.now() - begin < 2000, `${performance.now() - begin} ms`);
  });

  it('is a file of its own in the bundle, without its profiler', () => {
    const file = join(dirname(cliBundle()), 'secretlint.cjs');
    const script = `const { lintSource, rules } = require(${JSON.stringify(file)});
      const source = { filePath: 'a.txt', content: process.argv[1], contentType: 'text', ext: '.txt' };
      lintSource({ source, options: { config: { rules: rules.map((rule) => ({ id: rule.meta.id, rule })) }, noPhysicFilePath: true } })
        .then(({ messages }) => console.log(messages.length, performance.getEntriesByType('mark').length));`;
    assert.equal(execFileSync(process.execPath, ['-e', script, `x npm_${randomText(36)}`], { encoding: 'utf8' }).trim(), '1 0');
  });
});
