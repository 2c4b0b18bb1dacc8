"""A parent and the children that were forked from it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
    #: False once it did not answer: it is stopped in a debugger, or stuck.
    answers: bool = True

    def kill(self) -> None:
        if self.pid in self.generation.children:
            os.kill(self.pid, signal.SIGKILL)


Exited = Callable[['Child', int], None]


class Generation:
    """`modules` are the database's, after `load`; `folders` those that the parent holds."""

    def __init__(self, options: Options, listening: socket.socket, not_held: Iterable[str], exited: Exited) -> None:
        self._options = options
        self._listening = listening
        self._not_held = sorted(not_held)
        self._exited = exited
        self._process: asyncio.subprocess.Process | None = None
        self._parent: Peer | None = None
        self._forking = asyncio.Lock()
        self.children: dict[int, Child] = {}
        self.watch: Message = {}
        self.modules: list[Message] = []
        self.folders: set[str] = set()
        self._handlers: dict[str, Callable[[Child, Message], None]] = {}

    @property
    def alive(self) -> bool:
        return self._parent is not None and self._parent.open

    def on(self, type_: str, handler: Callable[[Child, Message], None]) -> None:
        """What to do with messages that children send by themselves. To be said before the first fork."""
        self._handlers[type_] = handler

    async def start(self) -> None:
        """Starts the parent; it imports Odoo. Raises Failed."""
        ours, theirs = pair()
        command = parent_command(self._options, theirs.fileno(), self._listening.fileno(), self._not_held)
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, pass_fds=[theirs.fileno(), self._listening.fileno()]
        )
        theirs.close()
        self._parent = Peer(ours, {'exited': self._child_exited, 'closed': self._parent_closed})
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
        answer = await child.peer.next(reply, 'failed', within=within)
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
        async with self._forking:  # a look at the database may be on its way
            message = await self._parent.ask({'type': 'fork', 'role': role, 'prepare': prepare, **more}, 'forked', within=_ANSWER_WITHIN)
        if message['type'] != 'forked':
            raise Failed({'message': 'The parent process ended.'})
        channel = Channel(socket.socket(fileno=message['descriptors'][0]))
        child: Child

        def bind(handler: Callable[[Child, Message], None]) -> Callable[[Message], None]:
            return lambda found: handler(child, found)

        child = Child(message['pid'], Peer(channel, {name: bind(handler) for name, handler in self._handlers.items()}), self)
        self.children[child.pid] = child
        return child

    async def serve(self, prepare: list[str], check_schema: bool) -> tuple[Child, Message]:
        """A fresh server, ready but not accepting yet. Raises Failed."""
        child = await self.fork('serve', prepare, check_schema=check_schema)
        try:
            message = await child.peer.next('ready', 'failed', within=_READY_WITHIN)
        except BaseException:
            child.kill()
            raise
        if message['type'] == 'silent':
            child.kill()
            raise Failed({'message': f'The server was not ready within {_READY_WITHIN} s. The log says how far it came.'})
        if message['type'] != 'ready':
            raise Failed(message if 'message' in message else {'message': 'The server ended before it was ready. The log says why.'})
        return child, message

    def _child_exited(self, message: Message) -> None:
        child = self.children.pop(message['pid'], None)
        if child is not None:
            child.peer.finish()
            self._exited(child, message['code'])

    def _parent_closed(self, _message: Message) -> None:
        """It ended by itself, and took its children with it (`lifeline`)."""
        for pid in list(self.children):
            self._child_exited({'pid': pid, 'code': -signal.SIGKILL})

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
