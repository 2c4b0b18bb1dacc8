import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits, fixFindings } from '../../../../src/core/policy/report/edits.ts';
import type { Edit, Finding } from '../../../../src/core/policy/finding.ts';

const range = (line: number, from: number, to = from, endLine = line) => ({
  start: { line, column: from },
  end: { line: endLine, column: to },
});
const edit = (place: Edit['range'], text: string, file = 'odoo.conf'): Edit => ({ file, range: place, text });
const finding = (message: string, edits: Edit[]): Finding => ({
  rule: 'cron-limits',
  severity: 'error',
  file: 'odoo.conf',
  range: null,
  message,
  fix: '',
  edits,
  paragraph: '§8.2',
});

describe('edits', () => {
  it('replaces, inserts and deletes at lines and columns', () =>
    assert.deepEqual(
      applyEdits('[options]\nworkers = 2\nx = 1\n', [
        edit(range(2, 11, 12), '4'),
        edit(range(1, 10), '\nproxy_mode = True'),
        edit(range(3, 1, 1, 4), ''),
      ]),
      {
        text: '[options]\nproxy_mode = True\nworkers = 4\n',
        left: [],
      },
    ));

  it('keeps CRLF and a byte order mark, and ends new lines as the file does', () =>
    assert.equal(
      applyEdits('\ufeff[options]\r\nworkers = 2\r\n', [
        edit(range(1, 1, 2), '['),
        edit(range(1, 10), '\nlimit_request = 8192'),
        edit(range(2, 11, 12), '4'),
      ]).text,
      '\ufeff[options]\r\nlimit_request = 8192\r\nworkers = 4\r\n',
    ));

  it('puts insertions at one place after each other', () =>
    assert.equal(applyEdits('ab', [edit(range(1, 2), '1'), edit(range(1, 2), '2')]).text, 'a12b'));

  it('lets the first of two that overlap win and leaves the other one; one that stands twice is done once', () => {
    const [first, second] = [edit(range(1, 1, 4), 'X'), edit(range(1, 3, 5), 'Y')];
    assert.deepEqual(applyEdits('abcdef', [first, second, first]), { text: 'Xdef', left: [second] });
  });

  it('leaves an edit for a place that the text does not have', () => {
    const beyond = [
      edit(range(3, 1), 'x'),
      edit(range(1, 5), 'x'),
      edit(range(0, 1), 'x'),
      edit(range(1, 0), 'x'),
      edit(range(1, 3, 2), 'x'),
    ];
    assert.deepEqual(applyEdits('abc\n', beyond), { text: 'abc\n', left: beyond });
    assert.equal(applyEdits('abc\n', [edit(range(2, 1), 'x')]).text, 'abc\nx');
  });

  it('commutes where edits are disjoint, one at a time or all at once', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'ü', '𝄞', '\n', '\r\n'), { maxLength: 40 }),
        fc.uniqueArray(fc.nat(40), { maxLength: 10 }),
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 5, maxLength: 5 }),
        fc.integer({ min: 0, max: 119 }),
        (parts, cuts, inserted, order) => {
          const text = parts.join('');
          const offsets = [...new Set(cuts.map((cut) => Math.min(cut, text.length)))].sort((a, b) => a - b);
          const position = (offset: number) => {
            const before = text.slice(0, offset).split('\n');
            return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
          };
          const edits = Array.from({ length: Math.floor(offsets.length / 2) }, (_, index) =>
            edit(
              { start: position(offsets[2 * index]!), end: position(offsets[2 * index + 1]!) },
              inserted[index]!.replaceAll(/[\r\n]/g, ''),
            ),
          );
          const at = (index: number) => offsets[index]!;
          const expected = edits.reduceRight(
            (done, { text: other }, index) => done.slice(0, at(2 * index)) + other + done.slice(at(2 * index + 1)),
            text,
          );
          const turned = edits.map((_, index) => edits[(index * 7 + order) % edits.length]!);
          const shuffled = new Set(turned).size === edits.length ? turned : [...edits].reverse();
          assert.equal(applyEdits(text, edits).text, expected);
          assert.equal(applyEdits(text, shuffled).text, expected);
        },
      ),
    ));
});

describe('fixes', () => {
  const texts = new Map([
    ['odoo.conf', 'a = 1\nb = 2\n'],
    ['.env', 'A=1\n'],
  ]);

  it('mends each finding wholly or not at all, over several files', () => {
    const both = finding('both', [edit(range(1, 5, 6), '9'), edit(range(1, 3, 4), '9', '.env')]);
    const against = finding('against', [edit(range(2, 5, 6), '7'), edit(range(1, 3, 4), '8', '.env')]);
    const after = finding('after', [edit(range(2, 5, 6), '3')]);
    const { fixed, left, texts: changed } = fixFindings([both, finding('nothing', []), against, after], texts);
    assert.deepEqual([fixed, left], [[both, after], [against]]);
    assert.deepEqual(
      [...changed],
      [
        ['odoo.conf', 'a = 9\nb = 3\n'],
        ['.env', 'A=9\n'],
      ],
    );
  });

  it('leaves a finding whose file cannot be changed', () =>
    assert.equal(fixFindings([finding('x', [edit(range(1, 1), 'x', 'gone.conf')])], texts).left.length, 1));
});
