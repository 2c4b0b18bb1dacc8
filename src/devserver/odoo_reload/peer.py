"""The supervisor's view of a process that it talks with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .channel import Channel, Closed, Message


class Peer:
    """One process at the other end of a channel. `closed` is the last message from it."""

    def __init__(self, channel: Channel, handlers: dict[str, Callable[[Message], None]]) -> None:
        self._channel = channel
        self._handlers = handlers
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.open = True
        asyncio.get_running_loop().add_reader(channel, self._read)

    def _read(self) -> None:
        try:
            messages = self._channel.receive()
        except Closed:
            messages = [{'type': 'closed'}]
            self.close()
        for message in messages:
            handler = self._handlers.get(message['type'])
            if handler is None or message['type'] == 'closed':
                self._inbox.put_nowait(message)
            if handler is not None:
                handler(message)

    def send(self, message: Message) -> None:
        if self.open:
            try:
                self._channel.send(message)
            except Closed:
                pass  # `closed` is on its way

    async def next(self, *types: str, within: float | None = None) -> Message:
        """The next message of one of these types, or `closed`. Raises TimeoutError."""

        async def wait() -> Message:
            while True:
                message = await self._inbox.get()
                if message['type'] == 'closed':
                    self._inbox.put_nowait(message)  # for whoever asks later
                    return message
                if message['type'] in types:
                    return message

        return await asyncio.wait_for(wait(), within)

    async def ask(self, message: Message, *types: str, within: float | None = None) -> Message:
        self.send(message)
        return await self.next(*types, within=within)

    def close(self) -> None:
        if self.open:
            self.open = False
            asyncio.get_running_loop().remove_reader(self._channel)
            self._channel.close()
