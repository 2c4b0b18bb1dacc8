import assert from 'node:assert/strict';
import { dotenvReader } from '../../../../src/adapters/formats/containers/dotenv.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string): FileFacts => dotenvReader.read('.env', text) as FileFacts;
const values = (text: string) => Object.fromEntries((read(text).variables ?? []).map(({ name, value }) => [name, value]));

describe('the reader of .env files', () => {
  it('knows their names', () => {
    for (const path of ['.env', '.env.template', '.env.staging.example', 'deploy/odoo.env', 'deploy/.env.prod', 'odoo.env.example'])
      assert.ok(dotenvReader.reads(path), path);
    for (const path of ['env', 'environment.py', '.envrc', 'tests/.env', 'my.environment']) assert.ok(!dotenvReader.reads(path), path);
  });

  it('reads quotes, comments, exports and spaces', () => {
    assert.deepEqual(
      values("# c\nA=1\nexport B = two words # c\nC=\"a # b\"\nD='$A'\nE=\nF=#x\nG=a#b\nno assignment\n H=\"x\\ny\" # c\nI='it's'\n"),
      { A: '1', B: 'two words', C: 'a # b', D: '$A', E: '', F: '', G: 'a#b', H: 'x\ny', I: "'it's'" },
    );
  });

  it('reads quoted values over several lines', () => {
    assert.deepEqual(values('KEY="-----BEGIN\nabc\n-----END"\nB=2\n'), { KEY: '-----BEGIN\nabc\n-----END', B: '2' });
    assert.deepEqual(values('A="never closed\nB=2\n'), { A: '"never closed', B: '2' });
  });

  it('fills in what stands above and defaults; else only the machine knows', () => {
    assert.deepEqual(values('A=x\nB=${A}/y\nC=${D:-z}\nE=$F\n'), { A: 'x', B: 'x/y', C: 'z', E: null });
    assert.equal(read('E=${F}\n').variables?.[0]?.from, 'F');
  });

  it('tells places: the value, the name of an empty one, with CRLF too', () => {
    const [a, b, c] = read('A="one"\r\nexport B=two\r\nC=\r\n').variables ?? [];
    assert.deepEqual(a?.range, { start: { line: 1, column: 4 }, end: { line: 1, column: 7 } });
    assert.deepEqual([b?.value, b?.range], ['two', { start: { line: 2, column: 10 }, end: { line: 2, column: 13 } }]);
    assert.deepEqual([c?.value, c?.range], ['', { start: { line: 3, column: 1 }, end: { line: 3, column: 2 } }]);
  });

  it('tells the addons path that it sets, if it is one', () => {
    assert.deepEqual(read('ODOO_ADDONS_PATH=/a,/b\n').addons_paths, [
      { paths: ['/a', '/b'], range: { start: { line: 1, column: 18 }, end: { line: 1, column: 23 } } },
    ]);
    assert.deepEqual(read('ODOO_ADDONS_PATH=<folders>\nADDONS_PATH=/a\n').addons_paths, []);
  });
});
