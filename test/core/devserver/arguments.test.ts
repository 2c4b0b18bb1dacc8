import assert from 'node:assert/strict';
import { programOf, serverArguments } from '../../../src/core/devserver/arguments.ts';
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

  it('runs odoo-bin of the source folder, or the program that was found', () => {
    assert.equal(programOf(options), '/odoo/odoo-bin');
    assert.equal(programOf({ ...options, program: '/usr/bin/odoo' }), '/usr/bin/odoo');
  });
});
