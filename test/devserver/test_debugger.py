"""Breakpoints hold through reloads. Needs debugpy for this Python."""

from __future__ import annotations

import importlib.util
import json
import socket
import unittest
from concurrent.futures import ThreadPoolExecutor

from project import page
from started import WITHIN, Case


class Editor:
    """As much of the Debug Adapter Protocol as an editor that attaches needs."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=WITHIN)
        self.file = self.socket.makefile('rb')
        self.number = 0
        self.attach()

    def request(self, command: str, **arguments: object) -> int:
        self.number += 1
        body = json.dumps({'seq': self.number, 'type': 'request', 'command': command, 'arguments': arguments}).encode()
        self.socket.sendall(b'Content-Length: %d\r\n\r\n%b' % (len(body), body))
        return self.number

    def until(self, type_: str, name: str) -> dict:
        """The next event, or the response, of this name."""
        while True:
            length = 0
            while (line := self.file.readline().strip()) != b'':
                if line.lower().startswith(b'content-length:'):
                    length = int(line.partition(b':')[2])
            message = json.loads(self.file.read(length))
            if message['type'] == type_ and message.get('event', message.get('command')) == name:
                return message

    def attach(self) -> None:
        self.request('initialize', adapterID='debugpy', pathFormat='path')
        self.until('response', 'initialize')
        self.request('attach', justMyCode=False)
        self.until('event', 'initialized')

    def breakpoint(self, path: str, line: int) -> None:
        self.request('setBreakpoints', source={'path': path}, breakpoints=[{'line': line}])
        self.until('response', 'setBreakpoints')

    def configured(self) -> None:
        self.request('configurationDone')
        self.until('response', 'attach')

    def stopped_at(self) -> int:
        thread = self.until('event', 'stopped')['body']['threadId']
        self.request('stackTrace', threadId=thread, levels=1)
        line = self.until('response', 'stackTrace')['body']['stackFrames'][0]['line']
        self.request('continue', threadId=thread)
        return int(line)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.file.close()
        self.socket.close()


@unittest.skipIf(importlib.util.find_spec('debugpy') is None, 'debugpy is not installed')
class Breakpoints(Case):
    def test_hold_after_a_patch_and_after_a_fork(self) -> None:
        main = self.project.addon('shop', page("'one'"))
        server = self.started()
        server.command({'command': 'debug'})
        address = server.wait('debugging')
        editor = Editor(address['host'], address['port'])
        editor.breakpoint(main, 6)
        editor.configured()
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(server.get)
            self.assertEqual((editor.stopped_at(), answer.result()), (6, 'one'))

            self.project.save(main, page("'two'", before='# one line more'))
            server.wait('reloaded', kind='patch')
            editor.breakpoint(main, 6)
            answer = pool.submit(server.get)
            self.assertEqual((editor.stopped_at(), answer.result()), (6, 'two'))

            self.project.save(main, page('WORD', before="WORD = 'three'"))
            again = server.wait('debugging')
            self.assertNotEqual(again['pid'], address['pid'])
            server.wait('reloaded', kind='fork')
            second = Editor(again['host'], again['port'])
            second.breakpoint(main, 6)
            second.configured()
            answer = pool.submit(server.get)
            self.assertEqual((second.stopped_at(), answer.result()), (6, 'three'))
        editor.close()
        second.close()


if __name__ == '__main__':
    unittest.main()
