import '../../../support/environment.ts';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressOf, urlOf } from '../../../../src/adapters/postgres/environments/address.ts';
import { databaseName, templateName } from '../../../../src/adapters/postgres/environments/sql.ts';
import { identityOf } from '../../../support/pr-database.ts';

describe('the address of a database', () => {
  it('is that of the server, with another database and role, and nothing of who manages it', () => {
    const user = { name: 'odoo_ops_acme_pr_1', password: 'p@ss/w:rd%' };
    assert.equal(
      urlOf('postgresql://boss:secret@db.example.com:6432/postgres?sslmode=require&user=x&password=y', 'copy', user),
      'postgresql://odoo_ops_acme_pr_1:p%40ss%2Fw%3Ard%25@db.example.com:6432/copy?sslmode=require',
    );
    assert.equal(
      urlOf('postgresql://boss:secret@/postgres?host=%2Frun%2Fpostgresql', 'copy', user),
      'postgresql://odoo_ops_acme_pr_1:p%40ss%2Fw%3Ard%25@/copy?host=%2Frun%2Fpostgresql',
    );
  });

  it('is read back as it was written, whatever stands in it', () => {
    const word = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(word, word, fc.constantFrom('db.example.com:6432', '127.0.0.1', '[::1]:5433', ''), (database, password, host) => {
        const made = addressOf(urlOf(`postgresql://boss:secret@${host}/postgres`, database, { name: 'ann', password }));
        assert.deepEqual([made.user, made.password, made.database], ['ann', password, database]);
        const [, name = 'localhost', port = '5432'] = /^\[?(.+?)\]?(?::(\d+))?$/.exec(host) ?? [];
        assert.deepEqual([made.host, made.port], host === '[::1]:5433' ? ['::1', 5433] : [name, Number(port)]);
      }),
    );
  });

  it('is refused where it is none, without repeating it', () => {
    for (const url of ['', 'nonsense', 'mysql://boss:very-secret@host/db', 'postgresql://host:port-secret/db'])
      assert.throws(
        () => urlOf(url, 'copy'),
        (error: Error & { code: string }) => error.code === 'config' && !JSON.stringify([error, error.message]).includes('secret'),
      );
  });
});

describe('names of databases', () => {
  it('are ours, or refused before anything is done', () => {
    assert.equal(databaseName(identityOf(7)), 'odoo_ops_acme_pr_7');
    for (const database of [
      'postgres',
      'odoo_ops_acme_pr_8',
      'odoo_ops_acme"_pr_7',
      `odoo_ops_${'a'.repeat(60)}_pr_7`,
      'Odoo_ops_acme_pr_7',
    ])
      assert.throws(() => databaseName({ ...identityOf(7), database }), { code: 'usage' });
    for (const name of ['', 'Staging', 'a b', "x'; drop"]) assert.throws(() => templateName('acme', name), { code: 'usage' });
  });

  it('of templates fit, and hashes are told apart', () => {
    const project = 'a'.repeat(24);
    const hashes = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(hashes, hashes, (a, b) => {
        const [one, other] = [templateName(project, `fresh-${a}`), templateName(project, `fresh-${b}`)];
        assert.ok(one.length <= 63);
        assert.equal(one === other, a.slice(0, 19) === b.slice(0, 19));
      }),
    );
  });
});
