import assert from 'node:assert/strict';
import fc from 'fast-check';
import { catcherSql } from '../../../src/core/neutralisation/catcher.ts';
import { identitySql } from '../../../src/core/neutralisation/identity.ts';
import { ownLayerSql } from '../../../src/core/neutralisation/layer.ts';
import { block, literal } from '../../../src/core/neutralisation/statement.ts';

describe('the SQL of our own layer', () => {
  it('is one text for one configuration, whatever database it runs in', () => {
    const integrations = [{ name: 'Slack', parameters: ['slack.webhook'], test_values: ['https://hooks.test/**'] }];
    assert.equal(ownLayerSql({ integrations }), ownLayerSql({ integrations }));
    assert.notEqual(ownLayerSql({ integrations }), ownLayerSql({ integrations: [] }));
    assert.match(ownLayerSql({ integrations }), /-- Declared in policy.integrations: "Slack"\./);
  });

  it('holds no secret: those are made by the database', () => {
    const sql = identitySql({ baseUrl: 'https://pr-1.dev.example.com' });
    assert.equal(sql, identitySql({ baseUrl: 'https://pr-1.dev.example.com' }));
    assert.doesNotMatch(sql, /[0-9a-f]{8}-[0-9a-f]{4}/);
    assert.match(sql, /gen_random_uuid/);
  });

  it('cannot be left by what stands in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(`$own$; drop table x; --`, `\\'; --`, `$own_$$own$`)), (text) => {
        const quoted = literal(text);
        assert.equal(quoted.slice(2, -1).replaceAll('\\\\', '').replaceAll("''", '').search(/['\\]/), -1);
        const made = block(`begin perform ${quoted}; end`);
        const [tag = ''] = /\$own_*\$/.exec(made) ?? [];
        assert.equal(made.split(tag).length, 3, made);
      }),
    );
    // A name in odoo-ops.yml cannot end the comment that it stands in.
    const named = ownLayerSql({ integrations: [{ name: 'a\ndrop table b;', parameters: ['k'], test_values: [] }] });
    assert.doesNotMatch(named, /^drop/m);
    assert.match(catcherSql({ host: "o'host", port: 1025 }), /E'o''host'/);
  });
});
