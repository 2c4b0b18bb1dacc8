import assert from 'node:assert/strict';
import { programOf, reloadArguments, serverArguments, shellArguments } from '../../../src/core/devserver/arguments.ts';
import { parseDevServerOptions } from '../../../src/core/devserver/options.ts';

const options = parseDevServerOptions({
  odooHome: '/odoo',
  python: '/usr/bin/python3',
  addonsPath: ['/odoo/addons', '/repo/addons'],
  database: 'team.dev',
  httpPort: 8069,
  env: { PGPASSWORD: 'a secret' },
});

describe('arguments for odoo-bin', () => {
  it('serves one database in developer mode', () => {
    assert.deepEqual(serverArguments(options), [
      '--database=team.dev',
      '--db-filter=^team\\.dev$',
      '--addons-path=/odoo/addons,/repo/addons',
      '--http-interface=127.0.0.1',
      '--http-port=8069',
      '--dev=all',
    ]);
  });

  it('puts the configuration file first and the extra arguments last', () => {
    const all = serverArguments({
      ...options,
      configFile: '/repo/odoo.conf',
      init: ['web', 'sale'],
      update: ['mine'],
      extraArguments: ['--with-demo'],
    });
    assert.equal(all[0], '--config=/repo/odoo.conf');
    assert.equal(all.at(-1), '--with-demo');
    assert.ok(all.includes('--init=web,sale') && all.includes('--update=mine'));
  });

  it('leaves out empty lists', () => {
    const all = serverArguments({ ...options, addonsPath: [], init: [], update: [] });
    assert.ok(!all.some((argument) => /^--(addons-path|init|update)/.test(argument)));
  });

  it('never carries a secret', () => {
    assert.ok(!serverArguments(options).join(' ').includes('a secret'));
  });

  it('gives the shell the same database, configuration and addons, and no port', () => {
    const all = shellArguments({ ...options, configFile: '/repo/odoo.conf', extraArguments: ['--log-level=debug'] });
    assert.equal(all[0], 'shell');
    assert.ok(all.includes('--no-http') && all.includes('--log-level=debug') && all.includes('--config=/repo/odoo.conf'));
    assert.ok(!all.some((argument) => argument.startsWith('--http-')));
  });

  it('runs odoo-bin of the source folder, or the program that was found', () => {
    assert.equal(programOf(options), '/odoo/odoo-bin');
    assert.equal(programOf({ ...options, program: '/usr/bin/odoo' }), '/usr/bin/odoo');
  });
});

describe('arguments for the fast reloader', () => {
  const fast = { folder: '/package', live: ['/repo/addons', '/repo/more'], autoUpdate: false, debug: false, watch: 'auto' as const };
  const split = (all: string[]): [own: string, odoo: string[]] => {
    const at = all.indexOf('--');
    return [all.slice(0, at).join(' '), all.slice(at + 1)];
  };

  it("are its own, then Odoo's without reload, module work and workers", () => {
    const [own, odoo] = split(reloadArguments({ ...options, fast, init: ['web', 'sale'], extraArguments: ['--workers=3'] }));
    assert.equal(
      own,
      '--home /odoo --events-fd 3 --commands-fd 0 --database team.dev --interface 127.0.0.1 --port 8069 ' +
        '--live /repo/addons --live /repo/more --init web,sale --watch auto',
    );
    assert.deepEqual(odoo.slice(-5), [
      '--http-interface=127.0.0.1',
      '--http-port=8069',
      '--dev=access,qweb,xml',
      '--workers=3',
      '--workers=0',
    ]);
    assert.ok(odoo.includes('--db-filter=^team\\.dev$') && !odoo.some((argument) => /^--(init|update)/.test(argument)));
  });

  it('ask for updates, a debugger and a way to watch only where told', () => {
    const [own] = split(reloadArguments({ ...options, fast: { ...fast, autoUpdate: true, debug: true, watch: 'poll' }, update: ['a'] }));
    assert.match(own, /--update a --auto-update --debug --watch poll$/);
  });

  it('never carry a secret', () => {
    assert.ok(
      !reloadArguments({ ...options, fast })
        .join(' ')
        .includes('a secret'),
    );
  });
});
