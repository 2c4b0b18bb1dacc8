import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeAddonsPath } from '../../../src/adapters/odoo/addons-path.ts';

describe('addons path', () => {
  let root: string;
  const warnings: string[] = [];
  const complete = (...path: string[]): Promise<string[]> =>
    completeAddonsPath(
      join(root, 'odoo'),
      path.map((folder) => join(root, folder)),
      (event) => event.type === 'text' && event.level === 'warning' && warnings.push(event.text),
    );

  async function module(folder: string): Promise<void> {
    await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, folder, '__init__.py'), '');
    await writeFile(join(root, folder, '__manifest__.py'), '{}');
  }

  beforeEach(async () => {
    warnings.length = 0;
    root = await mkdtemp(join(tmpdir(), 'addons-path-'));
    await module('odoo/addons/web');
    await writeFile(join(root, 'odoo', 'odoo-bin'), '');
    await module('mine/one');
    await mkdir(join(root, 'empty'));
    await mkdir(join(root, 'half', 'x'), { recursive: true });
    await writeFile(join(root, 'half', 'x', '__manifest__.py'), '{}');
  });
  afterEach(() => rm(root, { recursive: true }));

  it("begins with Odoo's own addons where the path does not name them", async () => {
    assert.deepEqual(await complete('mine'), [join(root, 'odoo/addons'), join(root, 'mine')]);
    assert.deepEqual(warnings, []);
  });

  it('keeps the order where it does, also by another name', async () => {
    await symlink(join(root, 'odoo/addons'), join(root, 'core'));
    assert.deepEqual(await complete('mine', 'core', 'odoo/addons'), [join(root, 'mine'), join(root, 'core')]);
  });

  it('takes a whole Odoo source tree for its addons', async () => {
    assert.deepEqual(await complete('mine', 'odoo'), [join(root, 'mine'), join(root, 'odoo/addons')]);
  });

  it('drops what Odoo would skip, and says so', async () => {
    assert.deepEqual(await complete('missing', 'empty', 'half', 'mine'), [join(root, 'odoo/addons'), join(root, 'mine')]);
    assert.equal(warnings.length, 3);
    assert.ok(warnings[0]?.includes(join(root, 'missing')));
  });

  it('adds nothing to a packaged Odoo, which finds its addons by itself', async () => {
    await rm(join(root, 'odoo/addons'), { recursive: true });
    assert.deepEqual(await complete('mine'), [join(root, 'mine')]);
  });
});
