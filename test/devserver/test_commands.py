"""What a person may ask of the server, and what is no question at all."""

from __future__ import annotations

import unittest

from project import page
from started import Case

_NOT_UNDERSTOOD = 'A command was not understood and ignored.'


class Commands(Case):
    def setUp(self) -> None:
        super().setUp()
        self.project.addon('shop', page("'one'"))

    def test_reload_restart_stop(self) -> None:
        server = self.started()
        server.command({'command': 'reload'})
        reloaded = server.wait('reloaded')
        self.assertEqual((reloaded['kind'], reloaded['reason'], reloaded['files']), ('fork', 'asked for', []))
        self.assertLess(reloaded['ms'], 20_000)
        server.command({'command': 'restart'})
        self.assertEqual(server.wait('starting')['reason'], 'asked for')
        self.assertEqual(server.wait('reloaded')['kind'], 'parent')
        self.assertEqual(server.get(), 'one')
        server.command({'command': 'stop'})
        self.assertEqual(server.wait('stopped')['reason'], 'stopped')
        self.assertEqual(server.end(), 0)

    def test_garbage(self) -> None:
        garbage = [b'', b'\xff\xfe\x00', b'{', b'5', b'null', b'[]', b'{}', b'{"command": 5}', b'{"command": "dance"}', b'"reload"', b'[' * 2000]
        garbage += [b'{"command": "update"}', b'{"command": "update", "modules": 5}', b'{"command": "update", "modules": "shop"}']
        server = self.started()
        server.command(*garbage, {'command': 'reload'})
        server.wait('reloaded', kind='fork')
        self.assertEqual([event['message'] for event in server.of('notice')], [_NOT_UNDERSTOOD] * len(garbage))
        self.assertEqual((server.get(), server.of('updating')), ('one', []))

    def test_whoever_commands_is_gone(self) -> None:
        server = self.started()
        server.command(b'{"command": "rel', b'oad"}')
        server.close_commands()
        self.assertEqual(server.get(), 'one')
        self.assertEqual(server.stop(), 0)

    def test_commands_from_nowhere(self) -> None:
        server = self.started('--commands-fd=0')  # /dev/null here
        self.assertEqual(server.get(), 'one')
        self.assertNotIn('Traceback', server.report())

    def test_debugpy_is_not_there(self) -> None:
        self.project.save(f'{self.project.home}/debugpy.py', "raise ImportError('not in tests')\n")
        server = self.started('--debug')
        self.assertIn('debugpy is not installed', server.of('notice')[0]['message'])
        server.command({'command': 'debug'})
        self.assertIn('debugpy is not installed', server.wait('notice')['message'])

    def test_debugpy_fails(self) -> None:
        self.project.save(f'{self.project.home}/debugpy.py', "def listen(address):\n    raise RuntimeError('no adapter')\n")
        server = self.started()
        server.command({'command': 'debug'})
        self.assertEqual(server.wait('notice')['message'], 'debugpy does not listen: RuntimeError: no adapter')
        self.assertEqual((server.get(), server.of('failed')), ('one', []))

    def test_debugpy_listens_in_each_server(self) -> None:
        self.project.save(f'{self.project.home}/debugpy.py', "def listen(address):\n    return address[0], 5678\n")
        server = self.started()
        for _ in range(2):
            server.command({'command': 'debug'})
            self.assertEqual(server.wait('debugging')['port'], 5678)
            server.command({'command': 'reload'})
            debugging = server.wait('debugging')
            self.assertEqual(debugging['pid'], server.wait('reloaded')['pid'])


if __name__ == '__main__':
    unittest.main()
