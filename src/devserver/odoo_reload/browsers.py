"""The pages that listen for changes: server-sent events on connections that a server handed over (HTML standard, 9.2)."""

from __future__ import annotations

import asyncio
import json
import socket

_HEAD = (
    b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n'
    b'X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: 500\n: connected\n\n'
)
#: Seconds. Proxies end a connection that is silent for a minute.
_PING_EVERY = 25


class Browsers:
    def __init__(self) -> None:
        self._connections: dict[int, socket.socket] = {}
        self._ping: asyncio.Task[None] | None = None

    def add(self, descriptor: int) -> None:
        connection = socket.socket(fileno=descriptor)
        connection.setblocking(False)
        self._connections[descriptor] = connection
        asyncio.get_running_loop().add_reader(descriptor, self._readable, descriptor)
        self._write(descriptor, _HEAD)
        if self._ping is None:
            self._ping = asyncio.ensure_future(self._keep_alive())

    def tell(self, type_: str, files: list[str]) -> None:
        for descriptor in list(self._connections):
            self._write(descriptor, f'data: {json.dumps({"type": type_, "files": files})}\n\n'.encode())

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
