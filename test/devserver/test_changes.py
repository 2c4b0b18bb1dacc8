"""What each changed file is to the running Odoo, and which data reaches it without an update."""

from __future__ import annotations

import os
import tempfile
import unittest
from xml.etree import ElementTree

from running import sources  # noqa: F401 - puts the package on the path
from odoo_reload.changes import Changes, Project
from odoo_reload.data_files import manifest_needs_update, xml_needs_update

_VIEW = '<odoo>\n  <record id="v" model="ir.ui.view"><field name="name">{}</field><field name="arch" type="xml">{}</field></record>\n</odoo>'


class Data(unittest.TestCase):
    def needs(self, old: str, new: str) -> bool:
        return xml_needs_update(old.encode(), new.encode())

    def test_only_the_architecture_of_views_is_read_from_files(self) -> None:
        self.assertFalse(self.needs(_VIEW.format('a', '<p/>'), _VIEW.format('a', '<form><b>text</b></form>')))
        self.assertTrue(self.needs(_VIEW.format('a', '<p/>'), _VIEW.format('b', '<p/>')))
        self.assertFalse(self.needs('<odoo><template id="t"><p>1</p></template></odoo>', '<odoo><template id="t">2<b/></template></odoo>'))
        self.assertTrue(self.needs('<odoo><template id="t"/></odoo>', '<odoo><template id="t" inherit_id="u"/></odoo>'))
        self.assertTrue(self.needs('<odoo><template id="t"/></odoo>', '<odoo><template id="t"/><template id="u"/></odoo>'))

    def test_other_records_are_not(self) -> None:
        record = '<odoo noupdate="{}"><data><record id="a" model="{}"><field name="arch">{}</field></record></data></odoo>'
        self.assertTrue(self.needs(record.format(0, 'x', 'a'), record.format(0, 'x', 'b')))
        self.assertFalse(self.needs(record.format(0, 'ir.ui.view', 'a'), record.format(0, 'ir.ui.view', 'b')))
        self.assertTrue(self.needs(record.format(0, 'ir.ui.view', 'a'), record.format(1, 'ir.ui.view', 'a')))

    def test_what_is_said_about_an_architecture(self) -> None:
        view = '<odoo><record id="v" model="ir.ui.view"><field name="arch" {}><p/></field></record></odoo>'
        self.assertTrue(self.needs(view.format('type="xml"'), view.format('type="html"')))
        self.assertTrue(self.needs(_VIEW.format('a', '<p/>'), _VIEW.replace(' type="xml"', '').format('a', '<p/>')))

    def test_white_space_is_the_value_of_a_field_but_not_of_a_record(self) -> None:
        record = '<odoo><record id="r" model="m">{}<field name="sign">{}</field>{}</record></odoo>'
        self.assertFalse(self.needs(record.format('', '', ''), record.format('\n  ', '', '\n')))
        self.assertTrue(self.needs(record.format('', '', ''), record.format('', ' ', '')))

    def test_what_means_nothing(self) -> None:
        old = '<odoo><menuitem id="m" name="n"/><function model="a" name="b"/></odoo>'
        self.assertFalse(self.needs(old, '<?xml version="1.0"?>\n<odoo>\n<!-- why -->\n<menuitem name="n"  id="m"/>\n\n<function name="b" model="a"/></odoo>\n'))
        self.assertTrue(self.needs(old, '<odoo><function model="a" name="b"/><menuitem id="m" name="n"/></odoo>'))

    def test_new_gone_and_broken(self) -> None:
        self.assertTrue(xml_needs_update(None, b'<odoo/>'))
        self.assertTrue(xml_needs_update(b'<odoo/>', None))
        self.assertTrue(self.needs('<odoo>', '<odoo/>'))
        with self.assertRaises(ElementTree.ParseError):
            self.needs('<odoo/>', '<odoo>')

    def test_manifests(self) -> None:
        old = b"{'name': 'a', 'depends': ['base'], 'assets': {}}"
        self.assertFalse(manifest_needs_update(old, b"{'name': 'b', 'depends': ['base'], 'assets': {'x': ['y']}}"))
        self.assertTrue(manifest_needs_update(old, b"{'name': 'a', 'depends': ['web']}"))
        self.assertTrue(manifest_needs_update(None, old))
        self.assertTrue(manifest_needs_update(b'{', old))
        for broken in (b'{', b'f()', b'\xff', b'[]', b'{[]: 1}', b'', b'{"data": "a.xml"}'):
            with self.assertRaises((SyntaxError, ValueError)):
                manifest_needs_update(old, broken)


class Sorting(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix='odoo-reload-')
        self.addCleanup(folder.cleanup)
        self.root = os.path.realpath(folder.name)
        self.save('live/shop/__manifest__.py', "{'data': ['a.csv', 'b.sql', 'views/v.xml'], 'demo': ['d.csv']}")
        self.save('live/shop/a.csv', 'id\n1\n')
        self.save('live/shop/b.sql', 'SELECT 1')
        self.save('live/shop/d.csv', 'id\n1\n')
        self.save('live/shop/views/v.xml', _VIEW.format('a', '<p/>'))
        self.save('live/late/__manifest__.py', '{}')
        self.project = Project()
        self.project.learn(
            {'core': self.path('odoo/odoo'), 'addons': [self.path('odoo/odoo/addons'), self.path('live')], 'files': [self.path('etc/odoo.conf')]},
            [
                {'name': 'shop', 'folder': self.path('live/shop'), 'held': False, 'demo': False},
                {'name': 'sale', 'folder': self.path('odoo/addons/sale'), 'held': True, 'demo': False},
            ],
            {self.path('odoo/addons/sale'), self.path('odoo/addons/web')},
        )

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def save(self, name: str, text: str) -> str:
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        return self.path(name)

    def sort(self, *names: str) -> Changes:
        return self.project.sort({self.path(name) for name in names})

    def test_each_kind(self) -> None:
        kinds = {
            'python': [
                'live/shop/models/a.py', 'live/late/a.py', 'live/shop/__init__.py', 'live/shop/tests/test_a.py', 'live/shop/migrations/a.py',
            ],
            'held': ['odoo/addons/sale/models/a.py', 'odoo/addons/web/a.py', 'odoo/odoo/http.py', 'etc/odoo.conf', 'odoo/addons/sale/wizard/', 'odoo/odoo/tools/'],
            'fresh': ['live/shop/__manifest__.py', 'live/shop/i18n/de.po', 'live/shop/wizard/', 'live/shop/', 'live/late/', 'live/gone/', 'live/'],
            'views': ['live/shop/views/v.xml'],
            'styles': ['live/shop/static/src/a.scss', 'odoo/addons/web/static/a.css'],
            'assets': ['live/shop/static/src/a.js', 'live/shop/static/src/a.xml', 'live/late/static/a.js', 'live/shop/static/lib.py'],
            '': [
                'odoo/addons/sale/tests/a.py', 'odoo/addons/sale/migrations/1/', 'live/shop/readme.md', 'live/shop/.a.py', 'live/shop/a.py~',
                'live/shop/views/unlisted.xml', 'live/shop/d.csv', 'live/nowhere/a.py', 'odoo/setup.py', 'live/shop/4913', 'live/late/__manifest__.xml',
            ],
        }  # fmt: skip
        for kind, names in kinds.items():
            for name in names:
                changes = self.sort(name)
                found = [field for field in ('python', 'held', 'fresh', 'views', 'styles', 'assets') if getattr(changes, field)]
                self.assertEqual(found, [kind] if kind else [], name)

    def test_data_needs_an_update_until_it_is_as_before(self) -> None:
        path = self.save('live/shop/a.csv', 'id\n2\n')
        self.assertEqual(self.sort('live/shop/a.csv').data, [('shop', path, 'data in a.csv')])
        self.save('live/shop/a.csv', 'id\n1\n')
        self.assertEqual(self.sort('live/shop/a.csv').data, [('shop', path, None)])
        os.unlink(path)
        self.assertEqual(self.sort('live/shop/a.csv').data, [('shop', path, 'data in a.csv')])

    def test_sql(self) -> None:
        path = self.save('live/shop/b.sql', 'SELECT 2')
        changes = self.sort('live/shop/b.sql', 'live/shop/unlisted.sql')
        self.assertEqual((changes.data, changes.views), ([('shop', path, 'data in b.sql')], []))

    def test_an_update_is_the_new_start(self) -> None:
        self.save('live/shop/a.csv', 'id\n2\n')
        self.project.updated(self.project.snapshot(['other']))
        self.assertIsNotNone(self.sort('live/shop/a.csv').data[0][2])
        for names in (['shop'], ['all']):
            self.project.updated(self.project.snapshot(names))
            self.assertIsNone(self.sort('live/shop/a.csv').data[0][2])
            self.save('live/shop/a.csv', f'id\n{names}\n')

    def test_what_is_saved_during_an_update_has_not_reached_the_database(self) -> None:
        snapshot = self.project.snapshot(['shop'])
        path = self.save('live/shop/a.csv', 'id\n2\n')
        self.project.updated(snapshot)
        self.assertEqual(self.sort('live/shop/a.csv').data, [('shop', path, 'data in a.csv')])

    def test_a_link_to_an_addon(self) -> None:
        self.save('elsewhere/other/__manifest__.py', '{}')
        for target, kind in (('live/shop', 'fresh'), ('elsewhere/other', 'held')):
            os.symlink(self.path(target), self.path('live/link'))
            changes = self.sort('live/link/')
            self.assertEqual((changes.held, changes.fresh)[kind == 'fresh'], [self.path('live/link/')])
            os.unlink(self.path('live/link'))

    def test_a_manifest(self) -> None:
        path = self.save('live/shop/__manifest__.py', "{'data': ['a.csv', 'views/v.xml', 'new.xml'], 'demo': ['d.csv']}")
        new = self.save('live/shop/new.xml', '<odoo/>')
        changes = self.sort('live/shop/__manifest__.py', 'live/shop/new.xml')
        self.assertEqual(changes.data, [('shop', path, 'the manifest changed'), ('shop', new, 'data in new.xml')])
        for text in ("{'data': }", '[]', "{'data': 5}", '{**f()}', '{"data": [7]}'):
            self.save('live/shop/__manifest__.py', text)
            changes = self.sort('live/shop/__manifest__.py', 'live/shop/a.csv')
            self.assertEqual([(broken['file'], broken['line']) for broken in changes.broken], [(path, 1)], text)

    def test_broken_data(self) -> None:
        path = self.save('live/shop/views/v.xml', '<odoo>\n<oh>\n</odoo>')
        [broken] = self.sort('live/shop/views/v.xml').broken
        self.assertEqual((broken['file'], broken['line'], broken['column']), (path, 3, 3))
        deep = f'<odoo>{"<a>" * 3000}{"</a>" * 3000}</odoo>'
        for text in (deep, '<?xml version="1.0" encoding="nonsense"?><odoo/>', '<?xml version="1.0" encoding="big5"?><odoo/>', ''):
            self.save('live/shop/views/v.xml', text)
            self.assertEqual([broken['line'] for broken in self.sort('live/shop/views/v.xml').broken], [1], text)


if __name__ == '__main__':
    unittest.main()
