"""The pages that listen for changes: server-sent events on connections that a server handed over (HTML standard, 9.2)."""

from __future__ import annotations

import asyncio
import json
import socket
import time

_HEAD = (
    b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n'
    b'X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: 500\n'
)
#: Seconds. Proxies end a connection that is silent for a minute.
_PING_EVERY = 25
#: More open pages than that nobody looks at; each costs a descriptor.
_MOST = 100


def _message(fields: dict[str, object]) -> bytes:
    return f'data: {json.dumps(fields)}\n\n'.encode()


class Browsers:
    def __init__(self) -> None:
        self._connections: dict[int, socket.socket] = {}
        self._ping: asyncio.Task[None] | None = None
        #: When each was told last, in milliseconds of the clock: a page that was loading then has missed it.
        self._last = {'reload': 0, 'styles': 0}

    def add(self, descriptor: int) -> None:
        while len(self._connections) >= _MOST:
            self._drop(next(iter(self._connections)))  # the oldest
        connection = socket.socket(fileno=descriptor)
        connection.setblocking(False)
        self._connections[descriptor] = connection
        asyncio.get_running_loop().add_reader(descriptor, self._readable, descriptor)
        self._write(descriptor, _HEAD + _message({'type': 'hello', **self._last}))
        if self._ping is None:
            self._ping = asyncio.ensure_future(self._keep_alive())

    def tell(self, type_: str, files: list[str]) -> None:
        self._last[type_] = int(time.time() * 1000)
        data = _message({'type': type_, 'at': self._last[type_], 'files': files})
        for descriptor in list(self._connections):
            self._write(descriptor, data)

    def _readable(self, descriptor: int) -> None:
        """A page sends nothing more: what is readable is its end."""
        try:
            if self._connections[descriptor].recv(1024):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(descriptor)

    def _write(self, descriptor: int, data: bytes) -> None:
        try:
            self._connections[descriptor].sendall(data)
        except OSError:  # gone, or so slow that it has missed messages: it connects again
            self._drop(descriptor)

    def _drop(self, descriptor: int) -> None:
        asyncio.get_running_loop().remove_reader(descriptor)
        self._connections.pop(descriptor).close()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(_PING_EVERY)
            for descriptor in list(self._connections):
                self._write(descriptor, b': ping\n\n')

    def close(self) -> None:
        for descriptor in list(self._connections):
            self._drop(descriptor)
