"""Who answers: the server, the parent that it is a fork of, and those of before that are still at it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from .channel import Message
from .events import Events
from .generation import Child, Generation
from .placeholder import Placeholder
from .tasks import Tasks

#: Seconds after which a server counts as stopped in a debugger, or stuck.
_SILENT = 3.0
#: Seconds that a retired server gets for the requests and jobs that it has begun: as Odoo's limit_time_real.
_DRAIN = 120.0
_STOP_WITHIN = 5.0


class Serving:
    """`ended` is told when the server ended by itself."""

    def __init__(self, listening: socket.socket, events: Events, tasks: Tasks, debugging: bool, ended: Callable[[Child], None]) -> None:
        self._events = events
        self._tasks = tasks
        self._ended = ended
        self._placeholder = Placeholder(listening)
        self.debugging = debugging
        self.generation: Generation | None = None
        #: Those before it, until their last server is gone.
        self._former: set[Generation] = set()
        self.server: Child | None = None

    async def ask(self, message: Message, *types: str) -> Message:
        """Asks the server. It answers at once, unless a debugger holds it: then a fresh one is made without its help."""
        child = self.server
        if child is None:
            return {'type': 'closed'}
        if child.peer.silent:
            return {'type': 'silent'}
        return await child.peer.ask(message, *types, within=_SILENT)

    async def pause(self) -> None:
        """From here on requests wait for the next server, or for `resume`."""
        await self.ask({'type': 'pause'}, 'paused')

    def resume(self, message: str) -> None:
        """The last good server answers again; where there is none, a page says why."""
        if self.server is not None:
            self.server.peer.send({'type': 'resume'})
        else:
            self._placeholder.show(message)

    def take_over(self, child: Child) -> None:
        """The new server accepts from here on; the old one ends what it has begun."""
        old, self.server = self.server, child
        self._placeholder.hide()
        child.peer.send({'type': 'resume'})
        if old is not None:
            old.peer.send({'type': 'retire', 'within': _DRAIN})
            self._tasks.start(self._kill_later(old))
        if child.ended.is_set():  # before it was the server, so nobody has noticed
            self.exited(child)

    def succeed(self, generation: Generation) -> None:
        """From here on servers are forks of this one."""
        previous, self.generation = self.generation, generation
        if previous is not None:
            self._former.add(previous)
            self._tasks.start(self._end(previous))

    def exited(self, child: Child) -> None:
        if child is self.server:
            self.server = None
            self._ended(child)

    async def debug(self, child: Child | None) -> None:
        """Lets a debugger attach to this server."""
        if child is None:
            return
        answer = await child.peer.ask({'type': 'debug'}, 'debugging', within=30)
        if 'port' in answer:
            self._events.emit('debugging', host=answer['host'], port=answer['port'], pid=answer['pid'])
        elif 'error' in answer:
            self.debugging = False
            self._events.emit('notice', level='warning', message=answer['error'])

    async def _kill_later(self, child: Child) -> None:
        try:
            await asyncio.wait_for(child.ended.wait(), _DRAIN + 5)
        except asyncio.TimeoutError:
            self._events.emit('notice', level='warning', message=f'Requests of the server before last took longer than {_DRAIN:.0f} s and were ended.')
            child.kill()

    async def _end(self, generation: Generation) -> None:
        """When its children are gone. One of them may be the server, for as long as there is no other one."""
        while generation.children:
            await next(iter(generation.children.values())).ended.wait()
        await generation.close()
        self._former.discard(generation)

    async def stop(self) -> None:
        """Ends everything: requests get a second, as from Odoo's own server."""
        self._placeholder.hide()
        if self.server is not None:
            server, self.server = self.server, None
            server.peer.send({'type': 'retire', 'within': 1.0})
            try:
                await asyncio.wait_for(server.ended.wait(), _STOP_WITHIN)
            except asyncio.TimeoutError:
                pass  # it ends with its parent
        for generation in [*self._former, *([self.generation] if self.generation is not None else [])]:
            await generation.close()
