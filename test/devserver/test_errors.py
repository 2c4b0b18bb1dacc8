"""Code that cannot be loaded: the last good code goes on, and the event says where to mend it."""

from __future__ import annotations

import os
import time
import unittest

from project import page
from started import Case, until


class Broken(Case):
    def setUp(self) -> None:
        super().setUp()
        self.main = self.project.addon('shop', page("'one'"))
        self.folder = os.path.dirname(self.main)
        self.server = self.started()

    def broken(self, answer: str = 'one', **place: object) -> str:
        """The message of the failure that comes, where the last good code still answers."""
        event = self.server.wait('failed')
        self.assertEqual({name: event.get(name) for name in place}, place, self.server.report())
        self.assertEqual((event['phase'], event['serving'], self.server.get()), ('reload', True, answer), self.server.report())
        return event['message']

    def mended(self, path: str, text: str, answer: str) -> None:
        self.project.save(path, text)
        self.server.wait('reloaded')
        self.assertEqual(self.server.get(), answer)

    def test_a_syntax_error_in_a_body(self) -> None:
        self.project.save(self.main, page("= 'one'"))
        message = self.broken(file=self.main, line=6, column=12)
        self.assertEqual(message, 'SyntaxError: invalid syntax')
        self.mended(self.main, page("'two'"), 'two')
        self.assertEqual((self.server.of('reloading'), len(self.server.of('failed'))), ([], 1))

    def test_a_syntax_error_beside_a_good_change(self) -> None:
        other = self.project.addon('cart', page("'cart'", '/cart'), install=False)
        self.project.save(os.path.join(self.folder, '__init__.py'), 'from . import main\nimport odoo.addons.cart\n')
        self.server.wait('reloaded')
        self.project.save(other, page("'cart' +", '/cart'))
        self.broken(file=other)
        self.project.save(self.main, page("'two'"))
        self.broken(file=other)  # both or none: they may need each other
        self.mended(other, page("'cart'", '/cart'), 'two')

    def test_bytes_that_are_no_text(self) -> None:
        with open(self.main, 'wb') as file:
            file.write(b"from odoo import http\nWORD = 'caf\xe9'\n")
        self.broken(file=self.main)
        self.mended(self.main, page("'two'"), 'two')

    def test_an_import_of_nothing(self) -> None:
        self.project.save(self.main, page("'two'", before='import nowhere'))
        self.assertEqual(self.broken(file=self.main, line=2), "ModuleNotFoundError: No module named 'nowhere'")
        self.mended(self.main, page("'three'"), 'three')

    def test_an_import_that_fails_below(self) -> None:
        tool = self.project.save(os.path.join(self.folder, 'tool.py'), 'X = 1\nY = X / 0\n')
        self.project.save(self.main, page("'two'", before='from . import tool'))
        self.assertEqual(self.broken(file=tool, line=2), 'ZeroDivisionError: division by zero')
        self.mended(tool, 'X = 1\n', 'two')

    def test_a_circular_import(self) -> None:
        self.project.save(os.path.join(self.folder, 'tool.py'), 'from .main import WORD\n')
        self.project.save(self.main, page("'two'", before="from . import tool\nWORD = 'two'"))
        self.assertIn('circular import', self.broken(file=os.path.join(self.folder, 'tool.py'), line=1))
        self.mended(self.main, page("'two'", before="WORD = 'two'\nfrom . import tool"), 'two')

    def test_an_import_that_exits(self) -> None:
        self.project.save(self.main, page("'two'", before='raise SystemExit(3)'))
        self.broken(file=self.main, line=2)
        self.mended(self.main, page("'two'"), 'two')

    def test_an_import_that_ends_the_process(self) -> None:
        self.project.save(self.main, page("'two'", before='import os; os._exit(3)'))
        self.assertIn('ended before it was ready', self.broken())
        self.mended(self.main, page("'two'"), 'two')

    def test_a_manifest(self) -> None:
        manifest = os.path.join(self.folder, '__manifest__.py')
        self.project.save(manifest, "{\n    'name': 'shop',\n    'data': ],\n}\n")
        self.assertIn('The manifest does not parse: closing parenthesis', self.broken(file=manifest, line=3, column=13))
        self.mended(manifest, "{'name': 'Shop'}\n", 'one')

    def test_a_file_that_is_gone_and_comes_back(self) -> None:
        os.unlink(self.main)
        self.assertIn("cannot import name 'main'", self.broken(file=os.path.join(self.folder, '__init__.py'), line=1))
        self.mended(self.main, page("'two'"), 'two')


class NewParent(Case):
    def test_only_its_server_fails(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        server = self.started()
        self.project.save(main, page("'two'", before='import nowhere'))
        self.project.save(os.path.join(self.project.home, 'odoo', 'release.py'), "version, version_info = '20.0', (20, 0)\n")
        failed = server.wait('failed', file=main)
        self.assertEqual((failed['serving'], server.get()), (True, 'one'))
        time.sleep(0.5)
        self.assertEqual(server.get(), 'one')  # its parent is still there
        self.project.save(main, page("'three'"))
        self.assertEqual((server.wait('reloaded')['kind'], server.get(), len(server.of('starting'))), ('fork', 'three', 2))
        until(lambda: len(server.processes()) == 3, 'supervisor, parent and server are left')


class FromTheStart(Case):
    def test_an_addon_is_broken(self) -> None:
        main = self.project.addon('shop', page("'one' +"))
        server = self.start()
        event = server.wait('failed')
        self.assertEqual((event['phase'], event['serving'], event['file'], event['line']), ('start', False, main, 6))
        server.listening()
        self.assertRegex(server.get(), '(?s)^503 .*SyntaxError: invalid syntax.*main.py, line 6')
        self.project.save(main, page("'two'"))
        server.ready()
        self.assertEqual(server.get(), 'two')
        self.assertEqual(server.stop(), 0)

    def test_odoo_itself_is_broken(self) -> None:
        path = os.path.join(self.project.home, 'odoo', 'http.py')
        with open(path, encoding='utf-8') as file:
            good = file.read()
        self.project.save(path, f'{good}\nroot = 1 / 0\n')
        server = self.start()
        event = server.wait('failed')
        self.assertEqual((event['phase'], event['message']), ('start', 'ZeroDivisionError: division by zero'))
        self.project.save(path, good)
        server.ready()
        self.assertEqual(server.stop(), 0)


if __name__ == '__main__':
    unittest.main()
