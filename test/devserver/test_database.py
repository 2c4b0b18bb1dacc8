"""PostgreSQL out of reach, databases that are not there, and what a database does not know yet of the code."""

from __future__ import annotations

import os
import time
import unittest

from project import page
from started import Case, Started

_DOWN = 'connection to server at "127.0.0.1", port 5432 failed: Connection refused'


class Reachable(Case):
    def setUp(self) -> None:
        super().setUp()
        self.main = self.project.addon('shop', page("'one'"))

    def test_down_at_the_start(self) -> None:
        self.project.database(down=_DOWN)
        server = self.start()
        waiting = server.wait('waiting')
        self.assertEqual((waiting['for'], waiting['message']), ('postgresql', f'OperationalError: {_DOWN}'))
        parents = server.parents()
        server.listening()
        self.assertRegex(server.get(), '(?s)^503 .*Connection refused')
        time.sleep(1.5)  # it has tried again
        self.project.database(down=None)
        server.ready()
        self.assertEqual((server.get(), len(server.of('waiting')), server.of('failed')), ('one', 1, []))
        self.assertEqual((server.parents(), len(server.of('starting'))), (parents, 1))
        self.assertEqual(server.stop(), 0)

    def test_down_at_the_start_while_odoo_changes(self) -> None:
        self.project.database(down=_DOWN)
        server = self.start()
        server.wait('waiting')
        release = self.project.save(os.path.join(self.project.home, 'odoo', 'release.py'), "version, version_info = '20.0', (20, 0)\n")
        self.assertEqual(server.wait('starting')['files'], [release])
        time.sleep(1.5)
        self.project.database(down=None)
        server.ready()
        self.assertEqual((server.get(), len(server.of('starting'))), ('one', 2))
        self.assertEqual(server.stop(), 0)

    def test_refused_for_another_reason(self) -> None:
        self.project.database(down=_DOWN)
        server = self.start()
        server.wait('waiting')
        self.project.database(down='FATAL: authentification par mot de passe échouée')
        self.assertIn('échouée', server.wait('waiting')['message'])
        self.assertEqual(server.stop(), 0)

    def test_down_during_a_reload(self) -> None:
        server = self.started()
        self.project.database(down=_DOWN)
        self.project.save(self.main, page("'two'", before='X = 1'))
        server.wait('waiting')
        self.assertEqual(server.get(), 'one')
        self.project.save(self.main, page("'three'", before='X = 1'))
        self.project.database(down=None)
        server.wait('reloaded')
        self.assertEqual((server.get(), len(server.of('waiting')), server.of('failed')), ('three', 1, []))

    def test_down_a_second_time_is_told_again(self) -> None:
        server = self.started()
        for number in range(2):
            self.project.database(down=_DOWN)
            server.command({'command': 'reload'})
            server.wait('waiting')
            self.project.database(down=None)
            server.wait('reloaded')

    def test_stopped_while_it_waits(self) -> None:
        self.project.database(down=_DOWN)
        server = self.start()
        server.wait('waiting')
        self.assertEqual(server.stop(), 0)

    def test_no_such_database(self) -> None:
        self.project.database(missing='FATAL:  la base de données « dev » n\'existe pas')
        server = self.start()
        stopped = server.wait('stopped')
        self.assertEqual((stopped['reason'], stopped['code'], server.end()), ('failed', 1, 1))
        self.assertIn('There is no database dev', stopped['message'])

    def test_a_database_without_odoo(self) -> None:
        self.project.database(initialized=False, installed=[])
        server = self.start()
        self.assertIn('has no Odoo in it: install `web` first', server.wait('failed')['message'])
        self.assertEqual(server.stop(), 0)
        server = self.started('--init=base,shop')
        self.assertEqual((server.of('updating')[0]['modules'], server.get()), (['base', 'shop'], 'one'))


class Updates(Case):
    def setUp(self) -> None:
        super().setUp()
        self.main = self.project.addon('shop', page("'one'", before="MODELS = {'shop.thing': {'name': 'char'}}"), manifest={'data': ['data.xml']})
        self.folder = os.path.dirname(self.main)
        self.data = self.project.save(os.path.join(self.folder, 'data.xml'), self.record('one'))
        self.project.database(models={'base': {}, 'shop.thing': {'name': 'char'}})

    def record(self, name: str) -> str:
        return f'<odoo><record id="a" model="shop.thing"><field name="name">{name}</field></record></odoo>'

    def needs(self, server: Started, *reasons: str) -> None:
        event = server.wait('needs-update')
        self.assertEqual((event['modules'], event['reasons']), (['shop'], {'shop': list(reasons)}) if reasons else ([], {}), server.report())

    def test_data_and_back(self) -> None:
        server = self.started()
        self.project.save(self.data, self.record('two'))
        self.needs(server, 'data in data.xml')
        self.project.save(self.data, self.record('one'))
        self.needs(server)
        self.project.save(self.data, '<odoo><oh></odoo>')
        failed = server.wait('failed')
        self.assertEqual((failed['file'], failed['line'], failed['column'], failed['serving']), (self.data, 1, 13, True))

    def test_an_update_that_is_asked_for(self) -> None:
        server = self.started()
        self.project.save(self.data, self.record('two'))
        self.project.save(os.path.join(self.folder, '__manifest__.py'), "{'name': 'shop', 'version': '2', 'data': ['data.xml']}")
        while sorted(server.wait('needs-update')['reasons']['shop']) != ['data in data.xml', 'the manifest changed']:
            pass
        server.command({'command': 'update', 'modules': ['shop']})
        self.assertEqual(server.wait('updating')['modules'], ['shop'])
        self.assertEqual(server.wait('reloaded')['kind'], 'update')
        self.needs(server)
        self.assertEqual((self.project.read_database()['updated'], server.get()), (['shop'], 'one'))

    def test_a_new_field(self) -> None:
        server = self.started()
        self.project.save(self.main, page("'two'", before="MODELS = {'shop.thing': {'name': 'text', 'age': 'integer'}, 'shop.other': {}}"))
        server.wait('reloaded', kind='fork')
        self.needs(server, 'new model shop.other', 'changed field shop.thing.name (ttype)', 'new field shop.thing.age')
        server.command({'command': 'update', 'modules': ['shop']})
        server.wait('reloaded', kind='update')
        self.needs(server)

    def test_by_itself(self) -> None:
        server = self.started('--auto-update')
        self.project.save(self.main, page("'two'", before="MODELS = {'shop.thing': {'name': 'char', 'age': 'integer'}}"))
        self.assertEqual(server.wait('updating')['modules'], ['shop'])
        self.assertEqual(server.wait('reloaded')['kind'], 'update')
        self.assertEqual(server.get(), 'two')
        self.project.save(self.data, self.record('two'))
        server.wait('updating')
        self.assertEqual(server.wait('reloaded')['files'], [self.data])
        self.assertEqual((self.project.read_database()['updated'], server.of('needs-update')), (['shop', 'shop'], []))

    def test_by_itself_at_the_start_and_after_a_new_parent(self) -> None:
        self.project.database(models={'base': {}})
        server = self.started('--auto-update')
        self.assertEqual(server.wait('updating')['modules'], ['shop'])
        self.assertEqual(server.wait('reloaded')['kind'], 'update')
        self.project.save(self.data, self.record('two'))
        self.project.save(os.path.join(self.project.home, 'odoo', 'release.py'), "version, version_info = '20.0', (20, 0)\n")
        self.assertEqual(server.wait('updating')['modules'], ['shop'])
        self.assertEqual(server.wait('reloaded', kind='update')['kind'], 'update')
        self.assertEqual((self.project.read_database()['updated'], server.of('needs-update')), (['shop', 'shop'], []))

    def test_by_itself_again_when_what_failed_is_mended(self) -> None:
        server = self.started('--auto-update')
        self.project.save(self.data, self.record('two').replace('</odoo>', ''))
        server.wait('failed')
        self.project.save(self.data, self.record('two'))
        self.assertEqual(server.wait('reloaded', kind='update')['files'], [self.data])

    def test_data_that_is_saved_during_an_update(self) -> None:
        gate = os.path.join(self.project.folder, 'gate')
        self.project.save(self.main, page("'one'", before=f'import os, time\nwhile os.path.exists({gate!r}):\n    time.sleep(0.01)'))
        server = self.started()
        self.project.save(gate, '')
        server.command({'command': 'update', 'modules': ['shop']})
        server.wait('updating')
        self.project.save(self.data, self.record('two'))
        os.unlink(gate)
        server.wait('reloaded', kind='update')
        self.needs(server, 'data in data.xml')

    def test_a_held_addon_that_is_edited(self) -> None:
        oca = self.project.addon('oca', page("'oca'", '/oca'), root=self.project.vendor)
        server = self.started()
        self.project.save(oca, page("'oca'", '/oca', before="MODELS = {'oca.thing': {'name': 'char'}}"))
        server.wait('reloaded', kind='parent')
        self.assertEqual(server.wait('needs-update')['modules'], ['oca'])

    def test_an_update_that_fails(self) -> None:
        self.project.save(self.data, '<odoo>')
        server = self.started()
        server.command({'command': 'update', 'modules': ['shop']})
        failed = server.wait('failed')
        self.assertEqual((failed['phase'], failed['serving'], server.get()), ('update', True, 'one'))
        self.assertIn('ParseError', failed['message'])
        self.project.save(self.data, self.record('one'))
        self.project.save(self.main, page("'two'", before='X = 1'))
        server.wait('reloaded')
        self.assertEqual(server.get(), 'two')
        server.command({'command': 'update', 'modules': ['shop', 'nowhere']})
        self.assertIn('These modules are not installed now: nowhere.', server.wait('failed')['message'])
        self.assertEqual(server.get(), 'two')

    def test_at_the_start(self) -> None:
        self.project.save(os.path.join(self.folder, '__manifest__.py'), "{'name': 'shop', 'log_error': 'Oh dear', 'data': ['data.xml']}")
        server = self.started('--update=shop')
        self.assertEqual(self.project.read_database()['updated'], ['shop'])
        self.assertEqual([event['message'] for event in server.of('notice')], ['Oh dear'])


if __name__ == '__main__':
    unittest.main()
