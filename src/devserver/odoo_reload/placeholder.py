"""Answers requests while no server can: a page that says what is wrong and looks again by itself."""

from __future__ import annotations

import asyncio
import html
import socket

_PAGE = """<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Odoo does not run</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark">
<h1 style="font-size: 1.4rem">Odoo does not run</h1><pre style="white-space: pre-wrap">{message}</pre>
<p>This page looks again by itself.</p>"""


class Placeholder:
    """Shows a message to whoever asks, from `show` until `hide`."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._message: str | None = None
        self._answers: set[asyncio.Task[None]] = set()

    def show(self, message: str) -> None:
        if self._message is None:
            asyncio.get_running_loop().add_reader(self._listening, self._accept)
        self._message = message

    def hide(self) -> None:
        if self._message is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._message = None

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError:
            return
        task = asyncio.ensure_future(self._answer(connection))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, connection: socket.socket) -> None:
        body = _PAGE.format(message=html.escape(self._message or '')).encode()
        head = f'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n'
        connection.setblocking(False)
        try:
            await asyncio.wait_for(_talk(connection, f'{head}Retry-After: 2\r\nConnection: close\r\n\r\n'.encode() + body), 5)
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            connection.close()


async def _talk(connection: socket.socket, answer: bytes) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_recv(connection, 65536)  # the request: closing with it unread would reset the connection
    await loop.sock_sendall(connection, answer)
