import assert from 'node:assert/strict';
import { isOpsError } from '../../../src/core/errors.ts';
import { availableReloader, parseDevServerOptions, readyDeadlineMs, serverUrl } from '../../../src/core/devserver/options.ts';

const minimal = { odooHome: '/odoo', python: '/usr/bin/python3', addonsPath: ['/repo/addons'], database: 'dev', httpPort: 8069 };

describe('options of the development server', () => {
  it('listens on the loopback interface unless told otherwise', () => {
    assert.equal(parseDevServerOptions(minimal).httpInterface, '127.0.0.1');
  });

  for (const database of ['one,two', 'postgresql://host/db', '-x', '', 'postgres', 'template1', 'x'.repeat(64), 'a b', 'x;y']) {
    it(`refuses the database name ${JSON.stringify(database.slice(0, 24))}`, () => {
      assert.throws(
        () => parseDevServerOptions({ ...minimal, database }),
        (error) => isOpsError(error, 'usage') && error.message.includes('database'),
      );
    });
  }

  for (const argument of [
    '-w',
    '-wsecret',
    '--db_password=x',
    '--db_pass',
    '--smtp-password',
    '-dother',
    '--database=x',
    '-p',
    '--http-port=1',
    '--stop-after-init',
    '--test-enable',
    '--no-http',
    '-c',
    '--dev=xml',
    '--addons-path=/x',
  ]) {
    it(`refuses ${argument} among the extra arguments`, () => {
      assert.throws(
        () => parseDevServerOptions({ ...minimal, extraArguments: [argument] }),
        (error) => isOpsError(error, 'usage'),
      );
    });
  }

  it('does not repeat the value of a refused argument', () => {
    for (const argument of ['--db_password=hunter22', '-whunter22']) {
      assert.throws(
        () => parseDevServerOptions({ ...minimal, extraArguments: [argument] }),
        (error: Error) => !error.message.includes('hunter22'),
      );
    }
  });

  it('lets other arguments through', () => {
    const extraArguments = ['--log-level=debug', '-D', '/data', '--with-demo', '--max-cron-threads=0', '--smtp-port=1025', '--db_host=x'];
    assert.deepEqual(parseDevServerOptions({ ...minimal, extraArguments }).extraArguments, extraArguments);
  });

  it('refuses a folder that Odoo would split, or that depends on the current folder', () => {
    for (const folder of ['/a,b', 'addons'])
      assert.throws(
        () => parseDevServerOptions({ ...minimal, addonsPath: [folder] }),
        (error) => isOpsError(error, 'usage'),
      );
  });

  it('names an address that a browser can open', () => {
    assert.equal(serverUrl({ httpInterface: '127.0.0.1', httpPort: 8069 }), 'http://127.0.0.1:8069');
    assert.equal(serverUrl({ httpInterface: '0.0.0.0', httpPort: 1 }), 'http://127.0.0.1:1');
    assert.equal(serverUrl({ httpInterface: '::', httpPort: 1 }), 'http://[::1]:1');
  });

  it("falls back to Odoo's own reloader where there is no fork, and says so", () => {
    assert.deepEqual(availableReloader('fast', 'linux'), { reloader: 'fast' });
    assert.deepEqual(availableReloader('odoo', 'win32'), { reloader: 'odoo' });
    const { reloader, notice } = availableReloader('fast', 'win32');
    assert.equal(reloader, 'odoo');
    assert.match(notice ?? '', /Linux or macOS/);
  });

  it('waits longer where modules are installed or updated first', () => {
    const wait = (more: object): number => readyDeadlineMs(parseDevServerOptions({ ...minimal, ...more }));
    assert.ok(wait({ init: ['web'] }) > wait({}));
    assert.equal(wait({ init: [] }), wait({}));
    assert.equal(wait({ update: ['all'], readyWithinMs: 5 }), 5);
  });
});
