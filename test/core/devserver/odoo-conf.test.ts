import assert from 'node:assert/strict';
import { databaseConnection, parseOdooConf } from '../../../src/core/devserver/odoo-conf.ts';

const conf = parseOdooConf(`
# comment = no
[other]
db_host = elsewhere
[options]
; db_port = 1
DB_Host = db.example
db_port: 5433
db_user = team
db_password = a=b:c # not a comment
db_sslmode = False
addons_path = /a,
    /b
`);

describe('database connection of an Odoo', () => {
  it('reads the options as Python does', () => {
    assert.deepEqual(databaseConnection({}, conf), {
      host: 'db.example',
      port: 5433,
      user: 'team',
      password: 'a=b:c # not a comment',
      sslmode: 'prefer',
    });
  });

  it('puts the environment over the file', () => {
    assert.deepEqual(databaseConnection({ PGHOST: 'h', PGPORT: '1', PGUSER: 'u', PGPASSWORD: 'p', PGSSLMODE: 'require' }, conf), {
      host: 'h',
      port: 1,
      user: 'u',
      password: 'p',
      sslmode: 'require',
    });
  });

  it('leaves to the driver what nobody says', () => {
    assert.deepEqual(databaseConnection({}, new Map()), { host: '', port: undefined, user: '', password: '', sslmode: 'prefer' });
  });

  it('takes "False" and "None" in the file for not set', () => {
    const old = parseOdooConf('[options]\ndb_host = False\ndb_user = None\n');
    assert.equal(databaseConnection({}, old).host + databaseConnection({}, old).user, '');
  });
});
