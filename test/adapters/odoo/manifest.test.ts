import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { parseManifest } from '../../../src/adapters/odoo/manifest.ts';

const version = (text: string) => parseManifest(text)?.version;

describe('__manifest__.py', () => {
  it('is read with its defaults', () => {
    assert.deepEqual(parseManifest('{"name": "Sale"}'), { name: 'Sale', version: null, depends: [], installable: true });
    assert.deepEqual(parseManifest("{'name': 'Sale', 'version': '19.0.1.0.0', 'depends': ['base', \"sale\"], 'installable': False}"), {
      name: 'Sale',
      version: '19.0.1.0.0',
      depends: ['base', 'sale'],
      installable: false,
    });
  });

  const accepted: [string, string][] = [
    ['comments and a coding line', '# -*- coding: utf-8 -*-\n# Copyright {x}\n{\n  # "version": "0"\n  "version": "1", # after\n}\n'],
    ['a trailing comma', '{"version": "1",}'],
    ['joined strings', '{"version": "1", "summary": "a" \'b\'\n "c"}'],
    ['a string in three quotes, with braces and quotes', '{"description": """\n{"version": "0"}\n"quoted"\n""", "version": "1"}'],
    ['raw and unicode prefixes', '{"version": u"1", "x": r"\\d", "y": b"x"}'],
    [
      'nested data',
      '{"version": "1", "external_dependencies": {"python": ["lxml"], "bin": ()}, "assets": {"web.assets_backend": [("prepend", "a.js"), "b.js"]}, "x": {1, 2}}',
    ],
    ['numbers and None', '{"version": "1", "sequence": 1_000, "price": 9.99, "x": -5, "y": None, "z": 0x1F, "w": 1e3}'],
    ['an empty tuple, a tuple of one and parentheses', '{"version": ("1"), "a": (), "b": ("x",), "c": ("x" "y")}'],
    ['escapes', '{"version": "\\x31", "name": "a\\u00e9\\n\\N{BULLET}"}'],
    ['CRLF', '{\r\n"version": "1"\r\n}\r\n'],
    ['a repeated key', '{"version": "0", "version": "1"}'],
  ];
  for (const [what, text] of accepted) it(`may hold ${what}`, () => assert.equal(version(text), '1'));

  for (const [what, text] of [
    ['concatenation with +', '{"version": "1", "description": "a" + "b"}'],
    ['a call', '{"version": str(1)}'],
    ['a name', '{"version": VERSION}'],
    ['an f-string', '{"version": f"{x}"}'],
    ['a comprehension', '{"version": [x for x in y]}'],
    ['an unpacking', '{**base, "version": "1"}'],
    ['an assignment', 'manifest = {"version": "1"}'],
    ['a doc string before it', '"""Manifest."""\n{"version": "1"}\n'],
    ['a byte order mark', '\ufeff{"version": "1"}'],
    ['nothing', ''],
    ['a list', '["version"]'],
    ['a version that is a number', '{"version": 1.0}'],
    ['text after an error', '{"version": "1"'],
  ] as const) {
    it(`is not one with ${what}`, () => assert.equal(parseManifest(text), undefined));
  }

  it('cannot change what objects are', () => {
    assert.equal(parseManifest('{"__proto__": {"version": "9"}, "constructor": 1}')?.version, null);
  });

  it('is read as Python reads it', function () {
    this.timeout(30_000);
    const strings = fc
      .array(fc.constantFrom('a', '\\n', '\\\\', "\\'", '\\"', '\\x41', '\\u00e9', '\\t', '\\q', '\\101', '\\\n', 'é', ' '), {
        maxLength: 6,
      })
      .map((parts) => parts.join(''));
    const texts = fc.sample(strings, { numRuns: 60, seed: 7 });
    const program =
      'import sys, json, ast, warnings\nwarnings.simplefilter("ignore")\nprint(json.dumps([ast.literal_eval(t)["version"] for t in json.load(sys.stdin)]))';
    const manifests = texts.map((text) => `{"version": "${text}"}`);
    let expected: string[];
    try {
      expected = JSON.parse(execFileSync('python3', ['-c', program], { input: JSON.stringify(manifests), encoding: 'utf8' })) as string[];
    } catch {
      this.skip(); // needs Python
    }
    assert.deepEqual(manifests.map(version), expected);
  });
});
