import assert from 'node:assert/strict';
import type { CodeFolder } from '../../../../src/core/pr-environments/engine.ts';
import { layerOrder, mtimeOf, placeOf, planLayer } from '../../../../src/core/pr-environments/image/layer.ts';
import { paddingOf } from '../../../../src/core/pr-environments/image/tar.ts';
import { isOpsError } from '../../../../src/core/errors.ts';

const OBJECT = 'abcdef0123456789abcdef0123456789abcdef01';
const files = (...paths: string[]) => paths.map((path) => ({ mode: '100644', object: OBJECT, path }));
const folder = (path: string, entries = files(`${path}/a/__manifest__.py`)): CodeFolder => ({ path, tree: 'tree', files: entries });
const many = (path: string, count: number) => folder(path, files(...Array.from({ length: count }, (_, index) => `${path}/${index}`)));
const plan = (one: CodeFolder, { target = '', others = [] }: { target?: string; others?: CodeFolder[] } = {}) =>
  planLayer(one, { folders: [one, ...others], workspaceFolder: '/workspaces/odoo', sizeOf: () => 700, targetOf: () => target });
/** Names of its entries, as they stand in the headers. */
const names = ({ first, files: planned, last }: ReturnType<typeof plan>): string[] =>
  [first, ...planned.map(({ before }) => before), last].flatMap((bytes) =>
    Array.from({ length: bytes.length / 512 }, (_, index) =>
      Buffer.from(bytes.subarray(index * 512, index * 512 + 100))
        .toString()
        .replace(/\0.*$/s, ''),
    ).filter((name) => name !== ''),
  );
const refused = (one: CodeFolder, words: RegExp, target?: string) =>
  assert.throws(
    () => plan(one, target === undefined ? {} : { target }),
    (error) => isOpsError(error, 'repository') && words.test(error.message) && error.hint !== undefined,
  );

describe('the layer of an addons folder', () => {
  it('holds the folders above it, each folder before what is in it, and files by name whatever order they came in', () => {
    const made = plan(folder('addons/ipai', files('addons/ipai/b/x.py', 'addons/ipai/a/models/y.py', 'addons/ipai/a/__init__.py')));
    assert.deepEqual(names(made), [
      'workspaces/',
      'workspaces/odoo/',
      'workspaces/odoo/addons/',
      'workspaces/odoo/addons/ipai/',
      'workspaces/odoo/addons/ipai/a/',
      'workspaces/odoo/addons/ipai/a/__init__.py',
      'workspaces/odoo/addons/ipai/a/models/',
      'workspaces/odoo/addons/ipai/a/models/y.py',
      'workspaces/odoo/addons/ipai/b/',
      'workspaces/odoo/addons/ipai/b/x.py',
    ]);
  });

  it('knows its size before anything is read', () => {
    const made = plan(folder('addons/ipai', files('addons/ipai/a/x.py', 'addons/ipai/b/y.py')));
    const bytes =
      made.first.length + made.files.reduce((sum, { before, size }) => sum + before.length + size + paddingOf(size), 0) + made.last.length;
    assert.equal(made.bytes, bytes);
    assert.equal(made.bytes % 512, 0);
  });

  it('gives a file another time when its content is another, and nothing else does', () => {
    assert.equal(mtimeOf(OBJECT), mtimeOf(OBJECT));
    assert.notEqual(mtimeOf(OBJECT), mtimeOf(`0${OBJECT.slice(1)}`));
    for (const object of ['0'.repeat(40), 'f'.repeat(40)]) {
      const year = new Date(mtimeOf(object) * 1000).getUTCFullYear();
      assert.ok(year >= 2000 && year <= 2009, String(year));
    }
  });

  it('puts mirrors of others’ code at the bottom, the largest first, and the largest of the others on top', () => {
    const order = (...folders: CodeFolder[]) => layerOrder(folders).map(({ path }) => path);
    const [odoo, oca, ipai, meta] = [
      many('addons/odoo', 3500),
      many('addons/oca', 8000),
      many('addons/ipai', 900),
      many('addons/ipai_meta', 40),
    ];
    assert.deepEqual(order(odoo, oca, ipai, meta), ['addons/oca', 'addons/odoo', 'addons/ipai_meta', 'addons/ipai']);
    assert.deepEqual(order(meta, ipai, oca, odoo), order(odoo, oca, ipai, meta));
    assert.deepEqual(order(many('b', 5), many('a', 5)), ['a', 'b']);
  });

  it('refuses names that mean something else in an image, or lead out of it', () => {
    for (const name of ['.wh.models', '.wh..wh..opq', 'a/.wh.x/y']) refused(folder('addons/ipai', files(`addons/ipai/${name}`)), /deleted/);
    for (const name of ['../x', 'a//b', './x', '/etc/passwd', 'a\0b']) refused(folder('', files(name)), /no path of a file/);
  });

  it('keeps a symbolic link within the addons folders, also to another of them, and refuses one that leads out', () => {
    const link = folder('addons/ipai', [{ mode: '120000', object: OBJECT, path: 'addons/ipai/a/link' }]);
    const oca = folder('addons/oca');
    assert.ok(names(plan(link, { target: '../../oca/a/x.py', others: [oca] })).includes('workspaces/odoo/addons/ipai/a/link'));
    for (const target of ['/etc/passwd', '../../../../../etc/passwd', '../../oca/x', '../../../odoo-ops.yml', 'x\0y', 'x\ufffdy', ''])
      refused(link, /outside of the build/, target);
  });

  it('may be the whole repository', () => {
    assert.equal(placeOf('/workspaces/odoo', ''), '/workspaces/odoo');
    assert.deepEqual(names(plan(folder('', files('sale_x/__manifest__.py')))), [
      'workspaces/',
      'workspaces/odoo/',
      'workspaces/odoo/sale_x/',
      'workspaces/odoo/sale_x/__manifest__.py',
    ]);
  });
});
