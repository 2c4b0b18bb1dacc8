import assert from 'node:assert/strict';
import fc from 'fast-check';
import { annotations } from '../../../../src/core/policy/report/annotations.ts';
import type { Finding } from '../../../../src/core/policy/finding.ts';

const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: 'odoo-stage',
  severity: 'error',
  file: 'compose.yml',
  range: { start: { line: 4, column: 7 }, end: { line: 4, column: 17 } },
  message: 'Service odoo has no ODOO_STAGE.',
  fix: 'Set ODOO_STAGE: staging',
  paragraph: '§3.2',
  ...over,
});

describe('annotations of GitHub', () => {
  it('names file, place, rule, what is wrong and how to mend it', () =>
    assert.equal(
      annotations([finding()]),
      '::error file=compose.yml,line=4,endLine=4,col=7,endColumn=17,title=odoo-stage §3.2::Service odoo has no ODOO_STAGE.%0ASet ODOO_STAGE: staging',
    ));

  it('gives columns only within one line, and no place where there is none', () => {
    const lines = annotations([
      finding({ range: { start: { line: 4, column: 7 }, end: { line: 6, column: 2 } } }),
      finding({ file: null, range: null }),
    ]);
    assert.match(lines, /^::error file=compose\.yml,line=4,endLine=6,title=.*\n::error title=odoo-stage §3\.2::/);
  });

  it('escapes what would end a property or a command', () =>
    assert.match(
      annotations([finding({ file: 'a,b:100%.yml', message: 'x\r\n::error::100%' })]),
      /^::error file=a%2Cb%3A100%25\.yml,.*::x {2}::error::100%25%0ASet/,
    ));

  it('is one line for each finding, whatever stands in it', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (file, message) => {
        const [line, ...more] = annotations([finding({ file, message })]).split(/[\r\n]/);
        assert.match(line ?? '', /^::error file=[^,]*,line=4,/);
        assert.deepEqual(more, []);
      }),
    ));

  it('has errors first and says how many GitHub will not show', () => {
    const warnings = Array.from({ length: 12 }, (_, index) => finding({ severity: 'warning', message: `w${index}` }));
    const lines = annotations([...warnings, finding()]).split('\n');
    assert.deepEqual(
      lines.map((line) => /^::(\w+)/.exec(line)?.[1]),
      ['error', ...warnings.map(() => 'warning'), 'notice'],
    );
    assert.match(lines.at(-1) ?? '', /::2 findings more: /);
  });

  it('is empty where nothing was found', () => assert.equal(annotations([]), ''));
});
