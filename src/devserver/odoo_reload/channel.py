"""Messages between two processes: JSON lines over a Unix socket, with file descriptors where one has to change hands."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections import deque
from typing import Any

Message = dict[str, Any]
_LONGEST = 1 << 16


class Closed(Exception):
    """The other process is gone."""


class Channel:
    """One end. `receive` waits until something has arrived: whoever must not wait asks `select` first."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._partial = b''
        #: One set for each message that announces some.
        self._descriptors: deque[list[int]] = deque()
        self._sending = threading.Lock()

    def fileno(self) -> int:
        return self.socket.fileno()

    def send(self, message: Message, *descriptors: int) -> None:
        """Sends one message. The descriptors stay open here; whoever receives them gets copies."""
        data = json.dumps({**message, 'descriptors': len(descriptors)}).encode() + b'\n'
        try:
            with self._sending:  # a server's request threads send, too
                sent = socket.send_fds(self.socket, [data], descriptors) if descriptors else 0
                self.socket.sendall(data[sent:])
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def receive(self) -> list[Message]:
        """The complete messages that have arrived, maybe none. Raises Closed."""
        try:
            data, descriptors, flags, _ = socket.recv_fds(self.socket, _LONGEST, 16)
        except ConnectionResetError as error:
            raise Closed from error
        # Linux withholds those that are beyond this process's limit, maybe all of them.
        if descriptors or flags & socket.MSG_CTRUNC:
            self._descriptors.append(descriptors)
        if not data:
            raise Closed
        *lines, self._partial = (self._partial + data).split(b'\n')
        return [message for message in map(json.loads, lines) if self._complete(message)]

    def _complete(self, message: Message) -> bool:
        """Gives the message its descriptors. False where some were withheld: without them it means nothing."""
        announced = message['descriptors']
        arrived = message['descriptors'] = self._descriptors.popleft() if announced and self._descriptors else []
        if len(arrived) == announced:
            return True
        for descriptor in arrived:
            os.close(descriptor)
        return False

    def close(self) -> None:
        self.socket.close()


def pair() -> tuple[Channel, Channel]:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    return Channel(left), Channel(right)
