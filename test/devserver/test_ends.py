"""Processes that end, or are made to: what goes on, what stops, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import socket
import time
import unittest

from project import page
from started import Case, until


class Ends(Case):
    def setUp(self) -> None:
        super().setUp()
        self.main = self.project.addon('shop', page("'one'"))

    def test_a_signal_ends_all(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                server = self.started()
                self.assertEqual(server.get(), 'one')
                self.assertEqual(server.stop(number), 0)
                self.assertEqual(server.events[-1], {'type': 'stopped', 'reason': 'stopped', 'code': 0})

    def test_a_signal_to_all_of_them_as_from_a_terminal(self) -> None:
        server = self.started()
        os.killpg(server.process.pid, signal.SIGINT)
        self.assertEqual(server.end(), 0)
        self.assertEqual([event['type'] for event in server.events], ['starting', 'ready', 'stopped'])

    def test_a_signal_during_a_reload(self) -> None:
        server = self.started()
        self.project.save(self.main, page("'two'", before='import time\ntime.sleep(60)'))
        server.wait('reloading')
        self.assertEqual(server.stop(), 0)

    def test_a_signal_during_the_start(self) -> None:
        self.project.save(self.main, page("'two'", before='import time\ntime.sleep(60)'))
        server = self.start()
        server.wait('starting')
        self.assertEqual(server.stop(), 0)

    def test_nothing_outlives_a_supervisor_that_is_killed(self) -> None:
        server = self.started()
        self.assertGreaterEqual(len(server.processes()), 3)
        self.assertEqual(server.stop(signal.SIGKILL), -signal.SIGKILL)

    def test_a_server_that_is_killed_is_replaced(self) -> None:
        server = self.start()
        os.kill(server.ready()['pid'], signal.SIGKILL)
        failed = server.wait('failed')
        self.assertEqual((failed['message'], failed['serving']), ('The server ended unexpectedly (SIGKILL). A fresh one is started.', False))
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('fork', 'one'))
        self.assertEqual(server.stop(), 0)

    def test_a_server_that_is_killed_while_it_is_asked(self) -> None:
        server = self.start()
        pid = server.ready()['pid']
        os.kill(pid, signal.SIGSTOP)
        self.project.save(self.main, page("'two'"))
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('fork', 'two'))
        server.command({'command': 'reload'})
        self.assertEqual(server.wait('reloaded')['reason'], 'asked for')
        self.assertEqual((server.stop(), len(server.of('reloaded'))), (0, 2))

    def test_a_request_that_ends_the_process(self) -> None:
        self.project.save(self.main, page("os._exit(3) if 'exit' in params else 'one'", before='import os'))
        server = self.started()
        with self.assertRaises(ConnectionError):
            server.get('/page?exit=1')
        self.assertIn('exit code 3', server.wait('failed')['message'])
        server.wait('reloaded')
        self.assertEqual(server.get(), 'one')

    def test_a_crash_loop_stops(self) -> None:
        server = self.start()
        pid = server.ready()['pid']
        for _ in range(4):
            os.kill(pid, signal.SIGKILL)
            pid = server.wait('reloaded')['pid']
        os.kill(pid, signal.SIGKILL)
        stopped = server.wait('stopped')
        self.assertEqual((stopped['reason'], stopped['code'], server.end()), ('crash-loop', 1, 1))
        self.assertIn('five times in a minute, the last time with SIGKILL', stopped['message'])

    def test_a_crash_loop_without_requests_stops(self) -> None:
        self.project.save(self.main, page("'one'", before='import os, threading\nthreading.Timer(0.3, os._exit, [7]).start()'))
        server = self.start()
        self.assertEqual(server.wait('stopped')['reason'], 'crash-loop')
        self.assertEqual(server.end(), 1)

    def test_a_parent_that_is_killed_is_replaced(self) -> None:
        server = self.started()
        [parent] = server.parents()
        os.kill(parent, signal.SIGKILL)
        server.wait('starting')
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('parent', 'one'))
        self.assertNotIn(parent, server.processes())
        self.project.save(self.main, page("'two'"))
        server.wait('reloaded', kind='patch')
        self.assertEqual(server.get(), 'two')

    def test_old_processes_go(self) -> None:
        server = self.started()
        for number in range(5):
            self.project.save(self.main, page("'two'", before=f'X = {number}'))
            server.wait('reloaded')
        server.command({'command': 'restart'})
        server.wait('reloaded', kind='parent')
        until(lambda: len(server.processes()) == 3, 'supervisor, parent and server are left')

    def test_a_port_in_use(self) -> None:
        with socket.create_server(('127.0.0.1', 0)) as other:
            port = other.getsockname()[1]
            server = self.start(f'--port={port}')
            stopped = server.wait('stopped')
        self.assertEqual((stopped['reason'], stopped['code'], server.end()), ('failed', 1, 1))
        self.assertEqual(stopped['message'], f'Cannot listen on 127.0.0.1:{port}: Address already in use')
        self.assertIn(stopped['message'], server.report())


if __name__ == '__main__':
    unittest.main()
