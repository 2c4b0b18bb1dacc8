import assert from 'node:assert/strict';
import { liveRoots } from '../../../src/core/devserver/live-roots.ts';

const live = (paths: readonly (string | [path: string, real: string])[], more: { repository?: string; odooHome?: string } = {}): string[] =>
  liveRoots({
    roots: paths.map((entry) => (typeof entry === 'string' ? { path: entry, real: entry } : { path: entry[0], real: entry[1] })),
    repository: '/repo',
    odooHome: '/opt/odoo',
    ...more,
  });

describe('addons folders whose code is edited', () => {
  it("are the team's own of the canonical addons path", () => {
    assert.deepEqual(live([['/repo/addons/odoo', '/opt/odoo/addons'], '/repo/addons/oca', '/repo/addons/ipai', '/repo/addons/ipai_meta']), [
      '/repo/addons/ipai',
      '/repo/addons/ipai_meta',
    ]);
  });

  it('are not outside of the repository', () => {
    assert.deepEqual(live(['/opt/odoo/addons', '/mnt/extra', '/repository/addons', '/repo/addons']), ['/repo/addons']);
  });

  it("are not Odoo's, whatever they are called, and not a copy of them", () => {
    assert.deepEqual(live([['/repo/core', '/opt/odoo/addons'], '/repo/odoo/addons', '/repo/enterprise', '/repo/mine']), ['/repo/mine']);
  });

  it("are not OCA's, by the name of any folder above them", () => {
    const paths = [
      '/repo/oca/server-tools',
      '/repo/external/OCA',
      '/repo/oca-web',
      ['/repo/queue', '/srv/OCA/queue'],
      '/repo/local',
      '/repo/vocal',
    ];
    assert.deepEqual(live(paths as string[]), ['/repo/local', '/repo/vocal']);
  });

  it('are the repository itself where that is on the addons path', () => {
    assert.deepEqual(live(['/repo', '/repo/oca']), ['/repo']);
  });

  it("are OCA's where nothing else is there: somebody works on them", () => {
    assert.deepEqual(live(['/repo/oca/web']), ['/repo/oca/web']);
  });

  it('are a folder that only has the name of core, where nothing else is there', () => {
    assert.deepEqual(live(['/repo/odoo']), ['/repo/odoo']);
    assert.deepEqual(live([['/repo/odoo', '/opt/odoo/addons']]), []);
  });

  it("are the addons beside core within Odoo's own repository", () => {
    const paths = ['/opt/odoo/addons', '/opt/odoo/odoo/addons', '/opt/odoo/custom'];
    assert.deepEqual(live(paths, { repository: '/opt/odoo' }), ['/opt/odoo/custom']);
  });

  it('keep their order and their spelling', () => {
    assert.deepEqual(live(['/repo/b/', '/repo/./a'], { repository: '/repo/' }), ['/repo/b/', '/repo/./a']);
  });
});
