"""The cheapest correct reaction to each change of Python code."""

from __future__ import annotations

import os
import unittest

from project import page
from started import Case


class Reactions(Case):
    def setUp(self) -> None:
        super().setUp()
        self.main = self.project.addon('shop', page("'one'"))

    def test_a_body_is_patched(self) -> None:
        server = self.started()
        self.assertEqual(server.get(), 'one')
        for answer in ('two', 'three'):
            self.project.save(self.main, page(repr(answer)))
            event = server.wait('reloaded')
            self.assertEqual((event['kind'], event['files'], server.get()), ('patch', [self.main], answer), server.report())
        self.assertEqual(server.of('reloading'), [])

    def test_a_comment_is_no_change_of_code(self) -> None:
        self.project.save(self.main, page('1 / 0', before='X = 1'))
        server = self.started()
        self.project.save(self.main, page('1 / 0', before='# first\n# second\nX = 1'))
        server.wait('reloaded', kind='patch')
        self.assertIn(f'{self.main}", line 8, in answer', server.get())

    def test_a_constant_needs_a_fork(self) -> None:
        self.project.save(self.main, page('WORD', before="WORD = 'one'"))
        server = self.started()
        before = server.processes()
        self.project.save(self.main, page('WORD', before="WORD = 'two'"))
        server.wait('reloading', files=[self.main])
        event = server.wait('reloaded')
        self.assertEqual((event['kind'], event['files'], server.get()), ('fork', [self.main], 'two'), server.report())
        self.assertIn('module code changed', event['reason'])
        self.assertNotIn(event['pid'], before)

    def test_a_fork_may_be_patched_too(self) -> None:
        server = self.started()
        self.project.save(self.main, page('WORD', before="WORD = 'two'"))
        server.wait('reloaded', kind='fork')
        self.project.save(self.main, page('WORD + WORD', before="WORD = 'two'"))
        server.wait('reloaded', kind='patch')
        self.assertEqual(server.get(), 'twotwo')

    def test_a_fork_starts_from_the_last_text_of_each_file(self) -> None:
        other = self.project.addon('cart', page("'cart'", '/cart'))
        server = self.started()
        self.project.save(self.main, page("'patched'"))
        server.wait('reloaded', kind='patch')
        self.project.save(other, page("'forked'", '/cart', before='X = 1'))
        server.wait('reloaded', kind='fork')
        self.assertEqual((server.get(), server.get('/cart')), ('patched', 'forked'))

    def test_a_new_file_is_loaded_with_what_imports_it(self) -> None:
        server = self.started()
        folder = os.path.join(os.path.dirname(self.main), 'tools')
        tool = self.project.save(os.path.join(folder, 'words.py'), "def word():\n    return 'new'\n")
        self.project.save(os.path.join(folder, '__init__.py'), '')
        self.project.save(self.main, page('words.word()', before='from .tools import words'))
        server.wait('reloaded', kind='fork')
        self.assertEqual(server.get(), 'new')
        self.project.save(tool, "def word():\n    return 'newer'\n")
        server.wait('reloaded', kind='patch', files=[tool])
        self.assertEqual(server.get(), 'newer')

    def test_what_nobody_imports_is_no_reason(self) -> None:
        server = self.started()
        for path in ('scripts/once.py', 'tests/test_shop.py', 'migrations/1.0/pre-a.py', 'readme.md'):
            self.project.save(os.path.join(os.path.dirname(self.main), path), 'X = 1\n')
        self.project.save(self.main, page("'two'"))
        server.wait('reloaded', kind='patch')
        self.assertEqual((server.get(), server.of('reloading'), len(server.of('reloaded'))), ('two', [], 1))


class Held(Case):
    def setUp(self) -> None:
        super().setUp()
        self.main = self.project.addon('oca', page("'one'"), root=self.project.vendor)

    def test_a_held_addon_that_changes_is_not_held_again(self) -> None:
        server = self.started()
        self.project.save(self.main, page("'two'"))
        started = server.wait('starting')
        self.assertEqual(started['files'], [self.main])
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('parent', 'two'))
        self.project.save(self.main, page('WORD', before="WORD = 'three'"))
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('fork', 'three'))
        self.project.save(self.main, page('WORD * 2', before="WORD = 'three'"))
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('patch', 'threethree'))
        self.assertEqual(len(server.of('starting')), 2)

    def test_what_imports_an_addon_that_is_not_held_is_not_held_either(self) -> None:
        self.project.addon('shop', "WORD = 'one'\n")
        before = 'from odoo.addons.shop.main import WORD'
        self.project.save(self.main, page('WORD', before=before))
        self.project.save(os.path.join(os.path.dirname(self.main), '__manifest__.py'), "{'name': 'oca', 'depends': ['shop']}")
        server = self.started()
        self.project.save(os.path.join(self.project.live, 'shop', 'main.py'), "WORD = 'two'\n")
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('fork', 'two'))

    def test_odoo_itself(self) -> None:
        server = self.started()
        release = self.project.save(os.path.join(self.project.home, 'odoo', 'release.py'), "version, version_info = '20.0', (20, 0)\n")
        self.assertEqual(server.wait('starting')['files'], [release])
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('parent', 'one'))

    def test_the_configuration_file(self) -> None:
        path = self.project.save(os.path.join(self.project.folder, 'etc', 'odoo.conf'), '[options]\n')
        server = self.started(odoo=[f'--config={path}'])
        self.project.save(path, '[options]\nworkers = 0\n')
        self.assertEqual(server.wait('starting')['files'], [path])
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('parent', 'one'))


if __name__ == '__main__':
    unittest.main()
