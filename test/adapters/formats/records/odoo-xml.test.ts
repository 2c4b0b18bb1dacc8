import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cronCsvReader, odooXmlReader } from '../../../../src/adapters/formats/records/odoo-xml.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const xml = (text: string) => odooXmlReader.read('a/data/crons.xml', text) as FileFacts;
const csv = (text: string) => cronCsvReader.read('a/data/ir.cron.csv', text) as FileFacts;
const only = (facts: FileFacts) => {
  assert.equal(facts.crons?.length, 1);
  assert.deepEqual(facts.unreadable ?? [], []);
  return facts.crons[0]!;
};

const RECORD = `<?xml version="1.0" encoding="utf-8"?>
<odoo noupdate="1">
  <record id="other" model="ir.actions.server"><field name="code">time.sleep(5)</field></record>
  <record id="cron_a" model="ir.cron">
    <field name="name">A &amp; B</field>
    <field name="model_id" ref="shop.model_shop_parcel"/>
    <field name="interval_number" eval="5"/>
    <field name="interval_type">minutes</field>
    <field name="active" eval="False"/>
    <field name="nextcall" eval="DateTime.now()"/>
    <field name="code"><![CDATA[
model._cron_send()
]]></field>
  </record>
</odoo>
`;

describe('scheduled actions in XML', () => {
  it('tells fields by text, by eval and by ref, each with its place', () => {
    const cron = only(xml(RECORD));
    assert.equal(cron.id, 'cron_a');
    assert.deepEqual(cron.fields, {
      ...{ name: 'A & B', model_id: 'shop.model_shop_parcel', interval_number: '5', interval_type: 'minutes', active: 'False' },
      ...{ nextcall: null, code: 'model._cron_send()' },
    });
    assert.deepEqual(cron.range, { start: { line: 4, column: 3 }, end: { line: 4, column: 39 } });
    assert.deepEqual(cron.places['interval_type'], { start: { line: 8, column: 5 }, end: { line: 8, column: 48 } });
    assert.deepEqual(cron.calls, [{ model: null, method: '_cron_send' }]);
  });

  it('keeps places where lines end with CRLF, and finds records in <data> and <openerp>', () => {
    const { places } = only(xml(RECORD.replaceAll('\n', '\r\n')));
    assert.deepEqual(places['interval_type'], { start: { line: 8, column: 5 }, end: { line: 8, column: 48 } });
    const wrapped = RECORD.replace('<odoo noupdate="1">', '<openerp><data noupdate="1">').replace('</odoo>', '</data></openerp>');
    assert.equal(only(xml(wrapped)).id, 'cron_a');
  });

  it('reads what the code calls, and whether it sleeps or loops itself', () => {
    const of = (code: string) => {
      const { calls, sleeps, loops } = only(xml(`<odoo><record id="a" model="ir.cron"><field name="code">${code}</field></record></odoo>`));
      return { calls: calls.map(({ model, method }) => `${model ?? '*'}.${method}`), sleeps, loops };
    };
    assert.deepEqual(of('model.with_context(a=1)._run(5)').calls.sort(), ['*._run', '*.with_context']);
    assert.deepEqual(of('env["sale.order"].search([])._remind()').calls.sort(), ['sale.order._remind', 'sale.order.search']);
    assert.deepEqual(of("\n   orders = env['sale.order'].search([])\n   orders._remind()\n").calls.sort(), [
      'sale.order._remind',
      'sale.order.search',
    ]);
    assert.deepEqual(of('for one in model.search([]):\n  one._go()').calls.sort(), ['*._go', '*.search']);
    assert.deepEqual(of('unknown._go()').calls, []);
    assert.deepEqual(of('time.sleep(60)'), { calls: [], sleeps: true, loops: false });
    assert.deepEqual(of('while True:\n  model._next()'), { calls: ['*._next'], sleeps: false, loops: true });
  });

  it('says where a file is no XML, and tells what stands before', () => {
    const facts = xml(RECORD.replace('</record>\n</odoo>', '</record>\n  <oops>\n</odoo>'));
    assert.equal(facts.crons?.length, 1);
    assert.equal(facts.unreadable?.length, 1);
    assert.match(facts.unreadable[0]!.message, /^It is no XML: /);
    assert.equal(facts.unreadable[0]!.range.start.line, 16);
  });

  it('expands no entities of a DOCTYPE, however often they name each other', () => {
    const lol = Array.from({ length: 30 }, (_, index) => `<!ENTITY l${index + 1} "&l${index};&l${index};&l${index};">`).join('');
    const facts = xml(
      `<!DOCTYPE odoo [<!ENTITY l0 "lol">${lol}]><odoo><record id="a" model="ir.cron"><field name="name">&l30;</field></record></odoo>`,
    );
    assert.match(facts.unreadable?.[0]?.message ?? '', /undefined entity/);
  });

  it('never fails, whatever a file holds', () => {
    const piece = fc.constantFrom(
      '<odoo>',
      '</odoo>',
      '<record id="a" model="ir.cron">',
      '</record>',
      '<field name="code">',
      '</field>',
      '<field',
      '&',
      ']]>',
      '<!--',
      'ir.cron',
      '\r\n',
      '\u0000',
    );
    fc.assert(fc.property(fc.array(piece), (pieces) => xml(pieces.join('')).crons !== undefined));
  });

  it('reads data of addons, not what browsers and tests load', () => {
    for (const path of ['a/data/cron.xml', 'a/x.XML']) assert.ok(odooXmlReader.reads(path), path);
    for (const path of ['a/static/src/cron.xml', 'a/tests/cron.xml', 'a/i18n/cron.xml', 'a/cron.py'])
      assert.ok(!odooXmlReader.reads(path), path);
  });
});

describe('scheduled actions in CSV', () => {
  it('tells each row with its lines', () => {
    const text =
      'id,name,model_id:id,interval_number,interval_type,code\ncron_a,"A, with\na line",model_a,5,days,model._a()\n\ncron_b,B,model_b,,,"model._b(1, 2)"\n';
    const crons = csv(text).crons ?? [];
    assert.deepEqual(
      crons.map(({ id, fields, range, calls }) => ({
        id,
        model: fields['model_id'],
        number: fields['interval_number'],
        lines: [range.start.line, range.end.line],
        calls,
      })),
      [
        { id: 'cron_a', model: 'model_a', number: '5', lines: [2, 3], calls: [{ model: null, method: '_a' }] },
        { id: 'cron_b', model: 'model_b', number: undefined, lines: [4, 5], calls: [{ model: null, method: '_b' }] },
      ],
    );
    assert.equal(only(csv('id,model_id/id\r\na,model_a\r\n')).fields['model_id'], 'model_a');
    assert.deepEqual(csv(''), { crons: [] });
  });

  it('says that a file is no CSV', () => {
    assert.match(csv('id,name\na,"never closed\n').unreadable?.[0]?.message ?? '', /^It is no CSV: /);
  });

  it('reads ir.cron.csv, and its parts', () => {
    for (const path of ['a/data/ir.cron.csv', 'a/ir.cron-extra.csv']) assert.ok(cronCsvReader.reads(path), path);
    for (const path of ['a/security/ir.model.access.csv', 'a/tests/ir.cron.csv', 'a/xir.cron.csv'])
      assert.ok(!cronCsvReader.reads(path), path);
  });
});
