import assert from 'node:assert/strict';
import { buildInputs, checkSymlink, isBuildInput, refuseSubmodules } from '../../../src/core/build/inputs.ts';
import { configFrom } from '../../../src/adapters/files/config-file.ts';
import { isOpsError } from '../../../src/core/errors.ts';

const config = configFrom('odoo:\n  addons_path: [addons/oca, /workspaces/odoo/addons/ipai, /opt/odoo/addons]\n');
const entry = (path: string, mode = '100644') => ({ path, mode, object: 'a' });

describe('what a build takes in', () => {
  for (const path of [
    'addons/oca/x/__init__.py',
    'addons/ipai/y/data/größe.xml',
    'requirements.txt',
    'requirements-dev.txt',
    'uv.lock',
    'odoo-ops.yml',
    '.env.template',
    'config/a/b.conf',
    'Dockerfile',
    'compose.staging.yml',
  ]) {
    it(`takes ${path}`, () => assert.equal(isBuildInput(path, config), true));
  }
  for (const path of [
    'README.md',
    'addons/ipai_meta/x/__init__.py',
    'web/docs/evidence/x/record.json',
    'docs/requirements.txt',
    'scripts/a.sh',
  ]) {
    it(`leaves ${path}`, () => assert.equal(isBuildInput(path, config), false));
  }

  it('leaves evidence even where the addons are the whole repository', () => {
    const root = configFrom('odoo:\n  addons_path: [.]\n');
    assert.equal(isBuildInput('web/docs/evidence/x/record.json', root), false);
    assert.equal(isBuildInput('README.md', root), true);
  });

  it('takes a submodule that holds an addons folder', () => {
    const vendored = configFrom('odoo:\n  addons_path: [vendor/oca/addons]\n');
    assert.deepEqual(
      buildInputs([entry('vendor', '160000'), entry('vendor2', '160000'), entry('vendor3/a.py')], vendored).map(({ path }) => path),
      ['vendor'],
    );
  });

  it('is in one order on every machine', () => {
    const paths = ['addons/oca/b', 'addons/oca/B', 'addons/oca/ä', 'addons/oca/a-b', 'addons/oca/a/b', 'addons/oca/a'];
    assert.deepEqual(
      buildInputs(
        paths.map((path) => entry(path)),
        config,
      ).map(({ path }) => path.slice(11)),
      ['B', 'a', 'a-b', 'a/b', 'b', 'ä'],
    );
  });

  it('refuses submodules by name', () => {
    assert.doesNotThrow(() => refuseSubmodules([entry('a')]));
    assert.throws(
      () => refuseSubmodules([entry('a'), entry('addons/oca/x', '160000'), entry('addons/oca/y', '160000')]),
      (error) => isOpsError(error, 'repository') && error.message.includes('addons/oca/x, addons/oca/y'),
    );
  });

  const known = (path: string) => ['a/x', 'a/x/f.py', 'a/y', 'a/y/l'].includes(path);
  for (const target of ['../x/f.py', '../x', './../x/', '../../a/x']) {
    it(`keeps a link to ${target}`, () => assert.doesNotThrow(() => checkSymlink('a/y/l', target, known)));
  }
  for (const target of ['/etc/passwd', '/workspaces/odoo/a/x', '../../../a/x', '../../b', 'missing', '../..', '']) {
    it(`refuses a link to ${JSON.stringify(target)}, by name`, () => {
      assert.throws(
        () => checkSymlink('a/y/l', target, known),
        (error) => isOpsError(error, 'repository') && error.message.includes('a/y/l') && error.message.includes(target),
      );
    });
  }
});
