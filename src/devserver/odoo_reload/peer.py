"""The supervisor's view of a process that it talks with."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable

from .channel import Channel, Closed, Message


class Peer:
    """One process at the other end of a channel. `closed` is the last message from it.

    Several questions may wait for their answers at the same time: a message goes to the first who waits for its type."""

    def __init__(self, channel: Channel, handlers: dict[str, Callable[[Message], None]]) -> None:
        self._channel = channel
        self._handlers = handlers
        self._inbox: list[Message] = []
        self._waiting: list[tuple[tuple[str, ...], asyncio.Future[Message]]] = []
        self.open = True
        #: It left a question unanswered, and has sent nothing since: it is stopped in a debugger, or stuck.
        self.silent = False
        asyncio.get_running_loop().add_reader(channel, self._read)

    def _read(self) -> None:
        try:
            messages = self._channel.receive()
        except Closed:
            self.close()
            if (handler := self._handlers.get('closed')) is not None:
                handler({'type': 'closed'})
            return
        if messages:
            self.silent = False
        for message in messages:
            handler = self._handlers.get(message['type'])
            if handler is not None:
                handler(message)
            else:
                self._deliver(message)

    def _deliver(self, message: Message) -> None:
        for types, answer in self._waiting:
            if message['type'] in types and not answer.done():
                answer.set_result(message)
                return
        self._inbox.append(message)

    def send(self, message: Message) -> None:
        if self.open:
            try:
                self._channel.send(message)
            except Closed:
                pass  # `closed` is on its way

    async def next(self, *types: str, within: float | None = None) -> Message:
        """The next message of one of these types; `closed` where there will be none, `silent` where there was none within so many seconds."""
        for message in self._inbox:
            if message['type'] in types:
                self._inbox.remove(message)
                return message
        if not self.open:
            return {'type': 'closed'}
        waiting = (types, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            return await asyncio.wait_for(waiting[1], within)
        except asyncio.TimeoutError:
            return {'type': 'silent'}
        finally:
            self._waiting.remove(waiting)

    async def ask(self, message: Message, *types: str, within: float | None = None) -> Message:
        # What is there already answers a question that was given up.
        self._inbox = [old for old in self._inbox if old['type'] not in types]
        self.send(message)
        answer = await self.next(*types, within=within)
        if answer['type'] == 'silent':
            self.silent = True
        return answer

    def finish(self) -> None:
        """To be called when the process has ended: its last words may not have been read yet."""
        while self.open and select.select([self._channel], [], [], 0)[0]:
            self._read()
        self.close()

    def close(self) -> None:
        if not self.open:
            return
        self.open = False
        asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        for _types, answer in self._waiting:
            if not answer.done():
                answer.set_result({'type': 'closed'})
