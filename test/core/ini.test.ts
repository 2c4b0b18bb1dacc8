import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { optionsOf, parseIni } from '../../src/core/ini.ts';

const PYTHON = `
import configparser, json, sys
for text in json.load(sys.stdin):
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
        answer = {name: dict(parser.items(name)) for name in parser.sections()}
    except configparser.Error as error:
        answer = type(error).__name__
    print(json.dumps(answer))
`;

const line = fc.oneof(
  fc.constantFrom('[options]', '[queue_job]', '[DEFAULT]', '[a]b]', '', '   ', '# note', '  ; note', 'loose', '= lost', '[open'),
  fc
    .tuple(
      fc.constantFrom('', '  ', '\t'),
      fc.constantFrom('workers', 'Workers', 'addons_path', 'db_password', 'with space'),
      fc.constantFrom('=', ' = ', ':', ' : '),
      fc.constantFrom('', '4', '/a,', 'p%s=1', 'a ; b', 'x # y', '[z]', 'None'),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('  /b,', '    /c', '\t/d # no comment', '  # a comment between', '   [not a section]'),
);

describe('an INI file', () => {
  it('reads whatever Python reads, and refuses whatever Python refuses', () => {
    const property = fc.array(line, { maxLength: 12 }).chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => lines.join(end)));
    const texts = [
      ...fc.sample(fc.array(line, { maxLength: 6 }), 500),
      ...fc.sample(fc.array(line, { maxLength: 6 }), 500).map((all) => ['[options]', ...all]),
    ]
      .map((lines) => lines.join('\n'))
      .concat(fc.sample(property, 200));
    const answers = execFileSync('python3', ['-c', PYTHON], { input: JSON.stringify(texts), encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    assert.equal(answers.length, texts.length);
    let sound = 0;
    texts.forEach((text, index) => {
      const answer = JSON.parse(answers[index]!) as string | Record<string, Record<string, string>>;
      const ini = parseIni(text);
      if (typeof answer === 'string') {
        assert.notEqual(ini.problems.length, 0, `${answer} for ${JSON.stringify(text)}`);
        return;
      }
      sound += 1;
      assert.deepEqual(ini.problems, [], JSON.stringify(text));
      for (const [section, values] of Object.entries(answer)) {
        const own = Object.fromEntries([...optionsOf(ini, section)].map(([name, { value }]) => [name, value]));
        assert.deepEqual(own, values, JSON.stringify(text));
      }
    });
    assert.ok(sound > 100, `only ${sound} texts were sound`);
  });

  it('tells where each value stands, also over several lines', () => {
    const text = '[options]\r\naddons_path =\r\n  /a,\r\n  # not this\r\n  /b\r\nEmpty =\r\nworkers: 4\r\n';
    const found = parseIni(text).options.map(({ name, value, start, end }) => [name, value, text.slice(start, end)]);
    assert.deepEqual(found, [
      ['addons_path', '\n/a,\n/b', '/a,\r\n  # not this\r\n  /b'],
      ['empty', '', 'Empty'],
      ['workers', '4', '4'],
    ]);
  });

  it('is read in one pass, whatever stands in a line', () => {
    const started = performance.now();
    for (const line of [`a${' '.repeat(500_000)}b`, '='.repeat(500_000), '['.repeat(500_000), 'a = 1\n'.repeat(100_000)])
      parseIni(`[options]\n${line}\n`);
    assert.ok(performance.now() - started < 3000);
  });
});
