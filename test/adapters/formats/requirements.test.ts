import assert from 'node:assert/strict';
import { dockerfileNeedsReader } from '../../../src/adapters/formats/containers/dockerfile-needs.ts';
import { requirementsReader } from '../../../src/adapters/formats/requirements.ts';
import type { FileFacts } from '../../../src/core/policy/facts.ts';

const read = (path: string, text: string): FileFacts => requirementsReader.read(path, text) as FileFacts;
const pins = (text: string, path = 'requirements.txt') =>
  (read(path, text).pins ?? []).map(({ reference, pinned }) => `${pinned ? '=' : '~'} ${reference}`);

describe('the reader of requirements', () => {
  it('tells what is pinned: an exact version, a commit, a hash, a folder', () => {
    assert.deepEqual(
      pins(
        'a==1.0\nb[x,y]==2 ; python_version < "3.12"  # why\nc @ git+https://h/c@0123456789abcdef0123456789abcdef01234567#egg=c\n-e ./local\nd>=1 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\n',
      ),
      ['= a==1.0', '= b[x,y]==2', '= c @ git+https://h/c@0123456789abcdef0123456789abcdef01234567#egg=c', '= ./local', '= d>=1'],
    );
    assert.deepEqual(pins('a\nb>=1\nc==1.*\nd~=1.0\ngit+https://u:secret@h/e.git@18.0\nhttps://h/f.whl\n# g\n--index-url https://h\n'), [
      '~ a',
      '~ b>=1',
      '~ c==1.*',
      '~ d~=1.0',
      '~ git+https://h/e.git@18.0',
      '~ https://h/f.whl',
    ]);
  });
  it('follows other files, from the root of the repository', () => {
    assert.deepEqual(
      read('deploy/requirements.txt', '-r base.txt\n--constraint=../constraints.txt\n-r ${X}\n-r https://h/r.txt\r\n').needed_files?.map(
        ({ value }) => value,
      ),
      ['deploy/base.txt', 'constraints.txt'],
    );
  });
  it('keeps places, also with CRLF', () => {
    assert.deepEqual(
      read('requirements.txt', '# x\r\n\r\na>=1\r\nb\r\n').pins?.map(({ range }) => [range.start, range.end.column]),
      [
        [{ line: 3, column: 1 }, 5],
        [{ line: 4, column: 1 }, 2],
      ],
    );
  });
  it('reads the arrays of pyproject.toml that name packages, and no others', () => {
    const toml =
      '[build-system]\nrequires = ["setuptools>=61"]\n[project]\nname = "x"\nclassifiers = ["a"]\ndependencies = [\n  "requests>=2", # "no"\n  \'lxml==1.0\',\n]\n[project.optional-dependencies]\ndev = ["uvicorn[standard]==1"]\n[tool.ruff]\nselect = ["E"]\n';
    assert.deepEqual(pins(toml, 'pyproject.toml'), ['~ setuptools>=61', '~ requests>=2', '= lxml==1.0', '= uvicorn[standard]==1']);
  });
});

describe('the files that a Dockerfile copies', () => {
  const needs = (text: string) =>
    ((dockerfileNeedsReader.read('Dockerfile', text) as FileFacts).needed_files ?? []).map(({ value }) => value);
  it('are named, but for what another stage made, addresses, variables and the whole folder', () => {
    assert.deepEqual(
      needs(
        'FROM a AS b\nCOPY --chown=odoo config/odoo.conf ./x/ /etc/\nCOPY ["a b.txt", "/c/", "/d/"]\nADD https://h/x.tgz /\nCOPY --from=b /y /y\nCOPY . /app\nCOPY $X /x\nCOPY <<EOF /z\nhi\nEOF\n',
      ),
      ['config/odoo.conf', 'x', 'a b.txt', 'c'],
    );
    assert.deepEqual(needs('FROM a\nCOPY a.txt 2>/dev/null || true\n'), []);
  });
});
