import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonical, isInside, isKnown, pathOnDisk, type PathView } from '../../../../src/core/policy/odoo/same-folder.ts';

const WORKSPACE = '/workspaces/odoo';
const plain: PathView = { workspace_folder: WORKSPACE, mounts: [], working_folder: null };

const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/);
const folder = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

describe('a folder, however it is written', () => {
  it('is one folder: relative, absolute, with a variable, with spare slashes and dots', () => {
    for (const path of [
      'addons/oca',
      './addons/oca/',
      ' addons//oca ',
      'addons/x/../oca',
      '/workspaces/odoo/addons/oca',
      '/workspaces/./odoo//addons/oca/',
      '${containerWorkspaceFolder}/addons/oca',
      '${workspaceFolder}/addons/oca',
      '${PWD}/addons/oca',
      '$PWD/addons/oca',
      '$(pwd)/addons/oca',
      '$(CURDIR)/addons/oca',
      '${{ github.workspace }}/addons/oca',
    ])
      assert.equal(canonical(path, plain), 'addons/oca', path);
    assert.equal(canonical('.', plain), '');
    assert.equal(canonical(WORKSPACE, plain), '');
  });

  it('is another one outside, beside, or where only the machine knows', () => {
    assert.equal(canonical('/opt/x/', plain), '/opt/x');
    assert.equal(canonical('/workspaces/odoo2/addons', plain), '/workspaces/odoo2/addons');
    assert.ok(!isInside(canonical('../x', plain)!));
    assert.ok(!isInside(canonical('~/x', plain)!));
    for (const path of ['$ADDONS/x', '${ADDONS}', '{{ addons }}/x', '/a/$X', '$PWDX/a']) {
      assert.equal(canonical(path, plain), null, path);
      assert.ok(!isKnown(path), path);
    }
  });

  it('is seen through the mount that lies nearest; what is not of the repository hides it', () => {
    const mounts = [
      { source: 'addons', target: '/mnt' },
      { source: 'vendor/oca', target: '/mnt/oca' },
      { source: null, target: '/mnt/data' },
      { source: '/srv/x', target: '/mnt/x' },
      { source: '', target: '/repo' },
    ];
    const view = { ...plain, mounts, working_folder: '/mnt' };
    assert.equal(canonical('/mnt/ipai', view), 'addons/ipai');
    assert.equal(canonical('/mnt/oca', view), 'vendor/oca');
    assert.equal(canonical('/mnt/data/a', view), '/mnt/data/a');
    assert.equal(canonical('/mnt/x/a', view), '/mnt/x/a');
    assert.equal(canonical('/repo/addons/ipai', view), 'addons/ipai');
    assert.equal(canonical('ipai', view), 'addons/ipai');
    assert.equal(canonical('/mntx', view), '/mntx');
    assert.equal(pathOnDisk('/mnt/x/a', mounts), '/srv/x/a');
    assert.equal(pathOnDisk('/mnt/data', mounts), undefined);
    assert.equal(pathOnDisk('/repo', mounts), '');
  });

  it('stays itself in every way of writing it (property)', () => {
    fc.assert(
      fc.property(folder, name, name, (path, mounted, target) => {
        fc.pre(target !== 'workspaces');
        const view: PathView = { ...plain, mounts: [{ source: mounted, target: `/${target}` }] };
        const ways = [path, `./${path}/`, `${WORKSPACE}/${path}`, '${PWD}/' + path, `${WORKSPACE}/x/../${path}`];
        for (const way of ways) assert.equal(canonical(way, view), path);
        assert.equal(canonical(`/${target}/${path}`, view), `${mounted}/${path}`);
        assert.equal(canonical(path, { ...view, working_folder: `/${target}` }), `${mounted}/${path}`);
        // Said again, it is the same.
        assert.equal(canonical(canonical(ways[2]!, view)!, view), path);
      }),
    );
  });

  it('never takes two folders for one (property)', () => {
    fc.assert(
      fc.property(folder, folder, (one, other) => {
        fc.pre(one !== other);
        assert.notEqual(canonical(`${WORKSPACE}/${one}`, plain), canonical(`./${other}`, plain));
        assert.notEqual(canonical(`/elsewhere/${one}`, plain), canonical(one, plain));
      }),
    );
  });
});
