"""A parent and the children that were forked from it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .channel import Channel, Message, pair
from .options import Options, parent_command
from .peer import Peer

#: Importing Odoo and its addons from a cold disk may take this long, in seconds.
_LOAD_WITHIN = 300
#: Loading a database; a module update may take an hour and has no limit here.
_READY_WITHIN = 300
#: A child answers messages between two requests, so at once.
_ANSWER_WITHIN = 30


class Failed(Exception):
    """Something did not come up. `found` has what `failure.describe` gives."""

    def __init__(self, found: Message) -> None:
        super().__init__(found['message'])
        self.found = found

    @property
    def database(self) -> bool:
        return bool(self.found.get('database'))


class Unholdable(Exception):
    """The parent met an addon that it must not hold."""

    def __init__(self, module: str, reason: str) -> None:
        super().__init__(f'{module} {reason}')
        self.module = module
        self.reason = reason


@dataclass
class Child:
    pid: int
    peer: Peer
    generation: Generation
    #: Set when it has ended, with `code`.
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 0

    def kill(self) -> None:
        if not self.ended.is_set():
            _kill(self.pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # its end was not told yet


Exited = Callable[['Child'], None]
#: What to do with messages that children send by themselves.
Handlers = dict[str, Callable[['Child', Message], None]]


class Generation:
    """`modules` are the database's, after `look_at_database`; `folders` those that the parent holds, after `hold`."""

    def __init__(self, options: Options, listening: socket.socket, not_held: Iterable[str], exited: Exited, handlers: Handlers) -> None:
        self._options = options
        self._listening = listening
        self._not_held = sorted(not_held)
        self._exited = exited
        self._process: asyncio.subprocess.Process | None = None
        self._parent: Peer | None = None
        #: Who waits for a child, in the order in which the parent makes them.
        self._expected: deque[asyncio.Future[Child | None]] = deque()
        self.children: dict[int, Child] = {}
        self.watch: Message = {}
        self.modules: list[Message] = []
        self.folders: set[str] = set()
        self._handlers = handlers

    @property
    def alive(self) -> bool:
        return self._parent is not None and self._parent.open

    async def start(self) -> None:
        """Starts the parent; it imports Odoo. Raises Failed."""
        ours, theirs = pair()
        command = parent_command(self._options, theirs.fileno(), self._listening.fileno(), self._not_held)
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, pass_fds=[theirs.fileno(), self._listening.fileno()]
        )
        theirs.close()
        self._parent = Peer(ours, {'forked': self._child_forked, 'exited': self._child_exited, 'closed': self._parent_closed})
        message = await self._parent.next('loaded', 'broken', within=_LOAD_WITHIN)
        if message['type'] != 'loaded':
            raise Failed(await self._last_words(message))
        self.watch = message['watch']

    async def _last_words(self, message: Message) -> Message:
        if message['type'] == 'broken':
            return message
        if message['type'] == 'silent':
            return {'message': f'Odoo did not start within {_LOAD_WITHIN} s. The log says how far it came.'}
        assert self._process is not None
        code = await self._process.wait()
        return {'message': f'Odoo ended while it was starting (exit code {code}). The log says why.'}

    async def look_at_database(self) -> bool:
        """Reads which modules there are. False where the database has no Odoo in it yet. Raises Failed."""
        answer = await self._run('probe', 'modules')
        self.modules = answer['modules']
        return bool(answer['initialized'])

    async def update(self, install: list[str], upgrade: list[str]) -> list[str]:
        """Installs and updates modules in a process of its own. Returns errors that Odoo only logged. Raises Failed."""
        answer = await self._run('update', 'updated', install=install, upgrade=upgrade, within=None)
        return list(answer['errors'])

    async def _run(self, role: str, reply: str, within: float | None = _READY_WITHIN, **more: object) -> Message:
        child = await self.fork(role, [], **more)
        answer = await self._first_word(child, reply, within)
        if answer['type'] != reply:
            raise Failed(answer if 'message' in answer else {'message': f'The process for the {role} ended without an answer. The log says why.'})
        return answer

    async def hold(self) -> None:
        """Lets the parent import what it is to hold. Raises Failed, Unholdable."""
        assert self._parent is not None
        held = [module for module in self.modules if module['held']]
        message = await self._parent.ask({'type': 'hold', 'modules': held}, 'held', 'unholdable', 'broken', within=_LOAD_WITHIN)
        if message['type'] == 'unholdable':
            raise Unholdable(message['module'], message['reason'])
        if message['type'] != 'held':
            raise Failed(await self._last_words(message))
        self.folders = set(message['folders'])

    async def fork(self, role: str, prepare: list[str], **more: object) -> Child:
        assert self._parent is not None
        expected: asyncio.Future[Child | None] = asyncio.get_running_loop().create_future()
        if self.alive:
            self._expected.append(expected)
            self._parent.send({'type': 'fork', 'role': role, 'prepare': prepare, **more})
        else:
            expected.set_result(None)
        try:
            child = await asyncio.wait_for(expected, _ANSWER_WITHIN)
        except asyncio.TimeoutError:
            raise Failed({'message': f'The parent process did not answer within {_ANSWER_WITHIN} s.'}) from None
        if child is None:
            raise Failed({'message': 'The parent process ended.'})
        return child

    def _child_forked(self, message: Message) -> None:
        """Here and not in `fork`: the child's end may come in the same read."""
        expected = self._expected.popleft()
        if not message['descriptors']:  # this process has too many open files
            _kill(message['pid'])
            if not expected.done():
                expected.set_result(None)
            return
        child = self._known(message['pid'], Channel(socket.socket(fileno=message['descriptors'][0])))
        if expected.done():  # whoever asked has given up
            child.kill()
        else:
            expected.set_result(child)

    def _known(self, pid: int, channel: Channel) -> Child:
        def bind(handler: Callable[[Child, Message], None]) -> Callable[[Message], None]:
            return lambda found: handler(child, found)

        child = Child(pid, Peer(channel, {name: bind(handler) for name, handler in self._handlers.items()}), self)
        self.children[pid] = child
        return child

    async def _first_word(self, child: Child, reply: str, within: float | None) -> Message:
        """Its answer. Without one it is of no use, and goes; one that failed ends by itself, when its log is written."""
        answer: Message = {'type': 'silent'}
        try:
            answer = await child.peer.next(reply, 'failed', within=within)
        finally:
            if answer['type'] == 'silent':
                child.kill()
        return answer

    async def serve(self, prepare: list[str], check_schema: bool) -> tuple[Child, Message]:
        """A fresh server, ready but not accepting yet. Raises Failed."""
        child = await self.fork('serve', prepare, check_schema=check_schema)
        message = await self._first_word(child, 'ready', _READY_WITHIN)
        if message['type'] == 'silent':
            raise Failed({'message': f'The server was not ready within {_READY_WITHIN} s. The log says how far it came.'})
        if message['type'] != 'ready':
            raise Failed(message if 'message' in message else {'message': 'The server ended before it was ready. The log says why.'})
        return child, message

    def _child_exited(self, message: Message) -> None:
        child = self.children.pop(message['pid'], None)
        if child is not None:
            child.peer.finish()
            child.code = message['code']
            child.ended.set()
            self._exited(child)

    def _parent_closed(self, _message: Message) -> None:
        """It ended, and took its children with it (`lifeline`)."""
        for pid in list(self.children):
            self._child_exited({'pid': pid, 'code': -signal.SIGKILL})
        for expected in self._expected:
            if not expected.done():
                expected.set_result(None)

    async def close(self) -> None:
        """Ends the parent, and with it whatever child is left."""
        if self._parent is not None:
            self._parent.close()
        if self._process is not None:
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except asyncio.TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._parent_closed({})  # whoever waits for a child need not any more
