"""Which addons the parent holds, and which it must not."""

from __future__ import annotations

import unittest

from project import page
from started import Case


class Unholdable(Case):
    def check(self, before: str, reason: str) -> None:
        self.project.addon('calm', page("'calm'", '/calm'), root=self.project.vendor)
        self.project.addon('wild', page('state()', before=before), root=self.project.vendor)
        shop = self.project.addon('shop', page("'one'", '/shop'))
        server = self.started()
        self.assertEqual([event['message'] for event in server.of('notice')], [f'The addon wild {reason} when it is imported. It is imported at each reload instead.'])
        self.assertEqual(server.get(), 'alive')
        self.project.save(shop, page("'two'", '/shop', before='X = 1'))
        server.wait('reloaded', kind='fork')
        self.assertEqual((server.get(), server.get('/calm'), server.get('/shop')), ('alive', 'calm', 'two'))
        server.command({'command': 'restart'})
        server.wait('reloaded', kind='parent')
        self.assertEqual((server.get(), len(server.of('notice'))), ('alive', 1))

    def test_it_starts_a_thread(self) -> None:
        self.check(
            'import threading\nthread = threading.Thread(target=threading.Event().wait, daemon=True)\nthread.start()\n'
            "def state():\n    return 'alive' if thread.is_alive() else 'dead'",
            'starts a thread',
        )

    def test_it_connects(self) -> None:
        self.check(
            "from odoo import sql_db\ncursor = sql_db.db_connect('dev').cursor()\n"
            "def state():\n    return 'alive' if cursor in sql_db._Pool._connections else 'lost'",
            'connects to the database',
        )

    def test_it_does_not_load(self) -> None:
        main = self.project.addon('oca', page("'one'", before='import nowhere'), root=self.project.vendor)
        server = self.start()
        failed = server.wait('failed')
        self.assertEqual((failed['file'], failed['line'], failed['phase']), (main, 2, 'start'))
        self.project.save(main, page("'two'"))
        server.ready()
        self.assertEqual(server.get(), 'two')
        self.assertEqual(server.stop(), 0)


if __name__ == '__main__':
    unittest.main()
