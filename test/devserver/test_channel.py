"""Messages between processes, and the small things that are made of them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import unittest
from unittest import mock

from running import sources  # noqa: F401 - puts the package on the path
from odoo_reload import browsers, crashes, events, failure, needs
from odoo_reload.channel import Closed, Message, pair
from odoo_reload.generation import Failed, Generation
from odoo_reload.peer import Peer


class Channels(unittest.TestCase):
    def setUp(self) -> None:
        self.left, self.right = pair()
        self.addCleanup(self.left.close)
        self.addCleanup(self.right.close)

    def test_messages_in_pieces(self) -> None:
        found: list[Message] = []
        for piece in (b'{"a": 1, "desc', b'riptors": 0}\n{"b"', b': "\xc3', b'\xa9", "descriptors": 0}\n'):
            self.left.socket.sendall(piece)
            found += self.right.receive()
        self.assertEqual([{**message, 'descriptors': None} for message in found], [{'a': 1, 'descriptors': None}, {'b': 'é', 'descriptors': None}])

    def test_descriptors_go_with_their_message(self) -> None:
        pipes = [os.pipe() for _ in range(3)]
        for at, (read, write) in enumerate(pipes):
            self.left.send({'at': at})
            self.left.send({'at': at, 'pad': 'x' * 100}, write)
            os.close(write)
        got: list[Message] = []
        while len(got) < 6:
            got += self.right.receive()
        self.assertEqual([len(message['descriptors']) for message in got], [0, 1] * 3)
        for message, (read, _) in zip(got[1::2], pipes):
            os.write(message['descriptors'][0], b'%d' % message['at'])
            os.close(message['descriptors'][0])
            self.assertEqual(os.read(read, 9), b'%d' % message['at'])
            os.close(read)

    def test_the_other_one_is_gone(self) -> None:
        self.left.send({'last': 'words'})
        self.left.close()
        self.assertEqual(self.right.receive()[0]['last'], 'words')
        with self.assertRaises(Closed):
            self.right.receive()
        with self.assertRaises(Closed):
            self.right.send({})


class Peers(unittest.IsolatedAsyncioTestCase):
    async def test_a_long_message(self) -> None:
        ours, theirs = pair()
        peer = Peer(ours, {})
        long = {'type': 'long', 'text': 'x' * 3_000_000}
        sending = asyncio.get_running_loop().run_in_executor(None, theirs.send, long)
        self.assertEqual((await peer.next('long', within=20))['text'], long['text'])
        await sending
        peer.close()
        theirs.close()

    async def test_answers_handlers_and_the_end(self) -> None:
        ours, theirs = pair()
        handled: list[str] = []
        peer = Peer(ours, {'by itself': lambda message: handled.append('by itself'), 'closed': lambda message: handled.append('closed')})
        for kind in ('other', 'by itself', 'answer'):
            theirs.send({'type': kind})
        self.assertEqual((await peer.ask({'type': 'question'}, 'answer', within=20))['type'], 'answer')
        self.assertEqual([message['type'] for message in theirs.receive()], ['question'])
        self.assertEqual((await peer.next('answer', within=0.01))['type'], 'silent')
        theirs.close()
        for _ in range(2):
            self.assertEqual((await peer.ask({'type': 'question'}, 'answer', within=20))['type'], 'closed')
        self.assertEqual((handled, peer.open), (['by itself', 'closed'], False))


    async def test_questions_at_the_same_time(self) -> None:
        ours, theirs = pair()
        peer = Peer(ours, {})
        first = asyncio.ensure_future(peer.ask({'type': 'first?'}, 'first', within=20))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(peer.ask({'type': 'second?'}, 'second', within=20))
        await asyncio.sleep(0)
        theirs.send({'type': 'second'})
        self.assertEqual((await second)['type'], 'second')
        theirs.send({'type': 'first'})
        self.assertEqual((await first)['type'], 'first')
        peer.close()
        theirs.close()

    async def test_an_answer_that_came_too_late_is_not_the_next_one(self) -> None:
        ours, theirs = pair()
        peer = Peer(ours, {})
        self.assertEqual((await peer.ask({'type': 'question'}, 'answer', within=0.01))['type'], 'silent')
        theirs.send({'type': 'answer', 'number': 1})
        theirs.send({'type': 'other'})
        await peer.next('other', within=20)
        asked = asyncio.ensure_future(peer.ask({'type': 'question'}, 'answer', within=20))
        await asyncio.sleep(0)
        theirs.send({'type': 'answer', 'number': 2})
        self.assertEqual((await asked)['number'], 2)
        peer.close()
        theirs.close()

    async def test_one_that_did_not_answer_is_silent_until_it_does(self) -> None:
        ours, theirs = pair()
        peer = Peer(ours, {})
        await peer.ask({'type': 'question'}, 'answer', within=0.01)
        self.assertTrue(peer.silent)
        theirs.send({'type': 'answer'})
        await peer.next('answer', within=20)
        self.assertFalse(peer.silent)
        peer.close()
        theirs.close()

    async def test_the_last_words_of_a_process_whose_end_was_told_first(self) -> None:
        ours, theirs = pair()
        peer = Peer(ours, {})
        waiting = [asyncio.ensure_future(peer.next(kind, within=20)) for kind in ('failed', 'nothing')]
        await asyncio.sleep(0)
        theirs.send({'type': 'failed'})
        theirs.close()
        peer.finish()
        self.assertEqual([(await each)['type'] for each in waiting], ['failed', 'closed'])
        self.assertEqual((await peer.next('more', within=20))['type'], 'closed')


class Forks(unittest.IsolatedAsyncioTestCase):
    """A parent's messages, with processes that are no servers."""

    async def asyncSetUp(self) -> None:
        self.ended: list[int] = []
        self.generation = Generation(mock.Mock(), mock.Mock(), [], lambda child: self.ended.append(child.pid), {})
        ours, self.parent = pair()
        self.generation._parent = Peer(
            ours, {'forked': self.generation._child_forked, 'exited': self.generation._child_exited, 'closed': self.generation._parent_closed}
        )
        self.addCleanup(self.parent.close)
        self.process = subprocess.Popen(['sleep', '60'])
        self.addCleanup(lambda: (self.process.kill(), self.process.wait()))

    async def asyncTearDown(self) -> None:
        self.generation._parent.close()

    def forked(self) -> None:
        theirs, child = pair()
        self.addCleanup(child.close)
        self.parent.send({'type': 'forked', 'pid': self.process.pid}, theirs.fileno())
        theirs.close()

    async def test_a_child_that_nobody_waits_for_any_more(self) -> None:
        with mock.patch('odoo_reload.generation._ANSWER_WITHIN', 0.01), self.assertRaises(Failed):
            await self.generation.fork('serve', [])
        self.forked()
        next_one = asyncio.ensure_future(self.generation.fork('serve', []))
        self.assertEqual(await asyncio.to_thread(self.process.wait, 20), -signal.SIGKILL)
        self.assertFalse(next_one.done())
        self.parent.close()
        with self.assertRaises(Failed):
            await next_one

    async def test_a_child_that_ends_at_once(self) -> None:
        self.forked()
        self.parent.send({'type': 'exited', 'pid': self.process.pid, 'code': 3})
        child = await self.generation.fork('serve', [])
        self.assertEqual((child.code, self.ended, self.generation.children), (3, [child.pid], {}))

    async def test_a_process_that_does_not_answer(self) -> None:
        self.forked()
        with self.assertRaises(Failed):
            await self.generation._run('probe', 'modules', within=0.01)
        self.assertEqual(await asyncio.to_thread(self.process.wait, 20), -signal.SIGKILL)


class Pages(unittest.IsolatedAsyncioTestCase):
    async def test_the_oldest_of_too_many_go(self) -> None:
        found = browsers.Browsers()
        pairs = [socket.socketpair() for _ in range(102)]
        for page, ours in pairs:
            found.add(ours.detach())
            page.setblocking(False)
            page.recv(1000)
        self.assertEqual([page.recv(1) for page, _ in pairs[:2]], [b'', b''])
        with self.assertRaises(BlockingIOError):
            pairs[2][0].recv(1)
        found.close()
        for page, _ in pairs:
            page.close()


class Parts(unittest.TestCase):
    def test_events(self) -> None:
        read, write = os.pipe()
        told = events.Events(write)
        told.emit('ready', url='é', pid=None)
        self.assertEqual(os.read(read, 99), b'{"type": "ready", "url": "\\u00e9"}\n')
        os.close(read)
        told.emit('ready')  # nobody listens
        os.close(write)

    def test_five_crashes_in_a_minute(self) -> None:
        for pause, expected in ((10, [False] * 4 + [True] * 2), (15, [False] * 6)):
            found = crashes.Crashes()
            with mock.patch('time.monotonic', side_effect=[pause * at for at in range(6)]):
                self.assertEqual([found.loop() for _ in range(6)], expected)

    def test_needs_are_told_once(self) -> None:
        told = mock.Mock()
        found = needs.Needs(told)
        found.tell()
        found.file('shop', '/shop/a.xml', 'data')
        found.schema({'cart': ['field']})
        found.tell()
        found.tell()
        found.file('shop', '/shop/a.xml', None)
        found.file('shop', '/shop/b.xml', None)
        found.schema({})
        found.tell()
        self.assertEqual([call.kwargs['modules'] for call in told.emit.call_args_list], [['cart', 'shop'], []])

    def test_postgresql_is_out_of_reach(self) -> None:
        def error(name: str, text: str, state: str | None, module: str = 'psycopg2') -> Exception:
            return type(name, (Exception,), {'__module__': module, 'pgcode': state})(text)

        cases = [
            (error('OperationalError', 'Connection refused', None), True),
            (error('OperationalError', 'FATAL: database "x" does not exist', None), True),  # `probe` finds out
            (error('OperationalError', 'FATAL: password authentication failed', None), True),
            (error('CannotConnectNow', 'starting up', '57P03', 'psycopg2.errors'), True),
            (error('UndefinedTable', 'relation does not exist', '42P01', 'psycopg2.errors'), False),
            (error('ProgrammingError', 'no results to fetch', None), False),
            (error('OperationalError', 'deadlock detected', '40P01'), False),
            (error('AdminShutdown', 'terminating connection', '57P01', 'psycopg2.errors'), True),
            (error('OperationalError', 'Connection refused', None, 'sqlite3'), False),
            (ValueError('Connection refused'), False),
        ]
        for raised, expected in cases:
            wrapped = KeyError('x')
            wrapped.__cause__ = raised
            for each in (raised, wrapped):
                self.assertEqual(failure.describe(each, [])['database'], expected, raised)

    def test_an_error_in_a_data_file(self) -> None:
        found = failure.describe(ValueError('while parsing file:/x/shop/views.xml:12, somewhere inside\n<p/>'), [])
        self.assertEqual((found['file'], found['line']), ('/x/shop/views.xml', 12))

    def test_the_database_is_missing(self) -> None:
        refused = type('OperationalError', (Exception,), {'__module__': 'psycopg2', 'pgcode': None})('refusé')
        missing = failure.MissingDatabase('x')
        missing.__cause__ = refused
        self.assertEqual([failure.describe(error, [])['missing_database'] for error in (missing, refused)], [True, False])
        self.assertFalse(failure.describe(missing, [])['database'])

    def test_an_update_by_itself_is_tried_once(self) -> None:
        found = needs.Needs(mock.Mock())
        found.schema({'cart': ['field']})
        self.assertEqual([found.untried(), found.untried()], [['cart'], []])
        found.schema({'cart': ['field', 'other']})
        self.assertEqual([found.untried(), found.untried()], [['cart'], []])
        found.schema({'cart': ['field']})
        self.assertEqual(found.untried(), [])
        found.file('cart', '/cart/a.xml', 'data')
        found.file('cart', '/cart/a.xml', None)
        self.assertEqual(found.untried(), ['cart'])


if __name__ == '__main__':
    unittest.main()
