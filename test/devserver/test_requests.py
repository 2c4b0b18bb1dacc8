"""No request is lost, none is answered by code that is older than the last reload, and pages hear of changes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from project import page
from started import WITHIN, Case, Started, until

#: Waits until a file is there, and shows that it waits by another one.
_GATE = """
import os, time

def gate(name):
    open(name + '.waits', 'w').close()
    while not os.path.exists(name):
        time.sleep(0.01)
"""


class Requests(Case):
    def setUp(self) -> None:
        super().setUp()
        self.gate = os.path.join(self.project.folder, 'gate')
        self.pool = ThreadPoolExecutor()
        self.addCleanup(self.pool.shutdown)
        self.addCleanup(self.open)  # whatever fails, no thread waits forever

    def open(self) -> None:
        self.project.save(self.gate, '')

    def waits(self) -> None:
        until(lambda: os.path.exists(f'{self.gate}.waits'), 'the gate is reached')

    def test_one_that_runs_ends_with_the_old_code(self) -> None:
        text = page("'{0}' if params.get('quick') else (gate(%r), '{0}')[1]" % self.gate, before=_GATE.replace('{', '{{').replace('}', '}}'))
        main = self.project.addon('shop', text.format('one'))
        server = self.started()
        slow = self.pool.submit(server.get)
        self.waits()
        self.project.save(main, text.format('two'))
        event = server.wait('reloaded')
        self.assertEqual((event['kind'], event['reason'], server.get('/page?quick=1')), ('fork', 'a request is running', 'two'))
        self.project.save(main, text.format('three'))
        server.wait('reloaded', kind='patch')
        self.assertFalse(slow.done())
        self.open()
        self.assertEqual(slow.result(30), 'one')
        self.assertEqual(server.get(), 'three')

    def test_those_that_come_during_a_reload_wait_for_it(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        server = self.started()
        self.project.save(main, page("'two'", before=f'{_GATE}\ngate({self.gate!r})'))
        self.waits()  # the new code is being imported, so the old server has let go
        answers = [self.pool.submit(server.get) for _ in range(4)]
        self.open()
        self.assertEqual([answer.result(30) for answer in answers], ['two'] * 4)
        server.wait('reloaded', kind='fork')

    def test_none_is_lost_under_load(self) -> None:
        main = self.project.addon('shop', page("'0'"))
        held = self.project.addon('oca', page("'oca'", '/oca'), root=self.project.vendor)
        server = self.started()
        over, answers = threading.Event(), []

        def load() -> None:
            while not over.wait(0.02):
                answers.append(server.get())

        loads = [self.pool.submit(load) for _ in range(2)]
        try:
            for number in range(1, 16):
                self.project.save(main, page(repr(str(number)), before=f'X = {number // 3}'))
                server.wait('reloaded')
                self.assertEqual(server.get(), str(number))
            self.project.save(held, page("'oca'", '/oca', before='X = 1'))
            server.wait('reloaded', kind='parent')
        finally:
            over.set()
        for each in loads:
            each.result(30)
        self.assertGreater(len(answers), 15)
        self.assertEqual([answer for answer in answers if not answer.isdigit()], [])


class Stopped(Case):
    def test_a_server_that_a_debugger_holds_is_replaced(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        server = self.started()
        held = server.of('ready')[-1]['pid']
        os.kill(held, signal.SIGSTOP)
        try:
            self.project.save(main, page("'two'"))
            event = server.wait('reloaded', kind='fork')
            self.assertIn('debugger', event['reason'])
            self.assertEqual(server.get(), 'two')
        finally:
            os.kill(held, signal.SIGCONT)
        until(lambda: held not in server.processes(), 'the old server is gone')


    def test_one_that_answers_again_is_patched_again(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        server = self.started()
        held = server.of('ready')[-1]['pid']
        os.kill(held, signal.SIGSTOP)
        try:
            self.project.save(main, page("= 'two'"))
            server.wait('failed')
        finally:
            os.kill(held, signal.SIGCONT)
        until(lambda: server.get() == 'one', 'it answers')
        self.project.save(main, page("'three'"))
        self.assertEqual((server.wait('reloaded')['kind'], server.get()), ('patch', 'three'))


class Pages(Case):
    def listen(self, server: Started) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=WITHIN)
        connection.request('GET', '/_odoo_ops/events', headers={'Accept': 'text/event-stream'})
        answer = connection.getresponse()
        self.addCleanup(answer.close)
        self.assertEqual((answer.status, answer.headers.get_content_type()), (200, 'text/event-stream'))
        self.assertEqual(self.heard(answer)['type'], 'hello')
        return answer

    def heard(self, answer: http.client.HTTPResponse) -> dict[str, object] | None:
        """The next message, without its time. None at the end."""
        while (line := answer.readline()) and not line.startswith(b'data: '):
            pass
        message = json.loads(line.removeprefix(b'data: ') or 'null')
        return message and {name: value for name, value in message.items() if name != 'at'}

    def test_a_page_hears_of_assets_across_reloads(self) -> None:
        main = self.project.addon('shop', page("'one'"), manifest={'data': ['views.xml']})
        folder = os.path.dirname(main)
        view = self.project.save(os.path.join(folder, 'views.xml'), '<odoo><template id="a"><p/></template></odoo>')
        style = self.project.save(os.path.join(folder, 'static/src/shop.scss'), 'a { color: red }')
        script = self.project.save(os.path.join(folder, 'static/src/shop.js'), '1')
        server = self.started()
        listening = self.listen(server)

        def hears(path: str, text: str, type_: str, kind: str) -> None:
            self.project.save(path, text)
            self.assertEqual(self.heard(listening), {'type': type_, 'files': [path]})
            self.assertEqual(server.wait('reloaded')['files'], [path])
            self.assertEqual(server.events[-1]['kind'], kind)

        hears(script, '2', 'reload', 'assets')
        hears(style, 'a { color: blue }', 'styles', 'assets')
        self.project.save(main, page("'two'", before='X = 1'))
        server.wait('reloaded', kind='fork')
        hears(style, 'a { color: green }', 'styles', 'assets')
        self.project.save(os.path.join(self.project.home, 'odoo', 'release.py'), "version, version_info = '20', (20, 0)")
        server.wait('reloaded', kind='parent')
        hears(view, '<odoo><template id="a"><b/></template></odoo>', 'reload', 'view')
        self.assertEqual(server.stop(), 0)
        self.assertIsNone(self.heard(listening))

    def test_a_page_hears_of_assets_when_there_is_a_server_that_answers(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        server = self.started()
        listening = self.listen(server)
        held = server.of('ready')[-1]['pid']
        os.kill(held, signal.SIGSTOP)
        try:
            script = self.project.save(os.path.join(os.path.dirname(main), 'static/src/shop.js'), '1')
            self.assertEqual([server.wait('reloaded')['kind'] for _ in range(2)], ['fork', 'assets'], server.report())
            self.assertEqual(self.heard(listening), {'type': 'reload', 'files': [script]})
            self.assertEqual(server.get(), 'one')
        finally:
            os.kill(held, signal.SIGCONT)

    def test_pages_that_come_and_go(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        script = os.path.join(os.path.dirname(main), 'static/shop.js')
        server = self.started()
        for number in range(20):
            listening = self.listen(server)
            self.project.save(script, str(number))
            self.assertEqual(self.heard(listening), {'type': 'reload', 'files': [script]})
            listening.close()
        self.assertEqual(server.get(), 'one')


if __name__ == '__main__':
    unittest.main()
