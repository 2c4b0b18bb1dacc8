"""The supervisor: the one process that lives as long as the development server. It holds the listening socket, watches files, and has
fresh servers made. It never imports Odoo, so nothing of Odoo can hurt it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys

from .channel import Message
from .events import Events
from .options import Options
from .reloader import Reloader, Stop
from .watcher import Watcher

#: As Odoo's own server: connections that wait for a reload are kept by the kernel.
_BACKLOG = 128


def listen(interface: str, port: int) -> socket.socket:
    """The socket that all servers accept on, one after the other."""
    family, kind, protocol, _, address = socket.getaddrinfo(interface, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(address)
    listening.listen(_BACKLOG)
    # Two processes may see one connection, and only one gets it: the other must not wait for the next.
    listening.setblocking(False)
    return listening


def main(options: Options) -> int:
    """The exit code: 0 after a signal or a command to stop, 1 where it gave up."""
    events = Events(options.events_fd)
    try:
        listening = listen(options.interface, options.port)
    except OSError as error:
        message = f'Cannot listen on {options.interface}:{options.port}: {error.strerror or error}'
        print(message, file=sys.stderr)
        events.emit('stopped', reason='failed', message=message, code=1)
        return 1
    return asyncio.run(_run(options, listening, events))


async def _run(options: Options, listening: socket.socket, events: Events) -> int:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    watcher = Watcher(options.watch, lambda message: events.emit('notice', level='warning', message=message))
    reloader = Reloader(options, listening, events, watcher)
    if options.commands_fd is not None:
        _read_commands(options.commands_fd, reloader, stopping, events)
    work = asyncio.ensure_future(reloader.run())
    stop = asyncio.ensure_future(stopping.wait())
    await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
    reason, message = 'stopped', None
    if work.done():
        found = work.exception()
        reason, message = (found.reason, str(found)) if isinstance(found, Stop) else ('failed', f'{type(found).__name__}: {found}')
        if not isinstance(found, Stop) and found is not None:
            sys.excepthook(type(found), found, found.__traceback__)
    while not work.done():  # before Python 3.12, `wait_for` swallows a cancellation that comes together with what it waits for
        work.cancel()
        await asyncio.wait([work], timeout=0.1)
    await reloader.stop()
    code = 0 if reason == 'stopped' else 1
    events.emit('stopped', reason=reason, message=message, code=code)
    return code


def _command(line: bytes) -> Message | None:
    """One line; None where it is no command."""
    try:
        command = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(command, dict) or command.get('command') not in ('restart', 'reload', 'update', 'debug', 'stop'):
        return None
    modules = command.get('modules', [])
    named = isinstance(modules, list) and all(isinstance(module, str) for module in modules)
    return command if named and (modules or command['command'] != 'update') else None


def _read_commands(descriptor: int, reloader: Reloader, stopping: asyncio.Event, events: Events) -> None:
    loop = asyncio.get_running_loop()
    rest = b''

    def read() -> None:
        nonlocal rest
        data = os.read(descriptor, 65536)
        if not data:
            loop.remove_reader(descriptor)
            return
        *lines, rest = (rest + data).split(b'\n')
        for line in lines:
            command = _command(line)
            if command is None:
                events.emit('notice', level='warning', message='A command was not understood and ignored.')
            elif command['command'] == 'stop':
                stopping.set()
            else:
                reloader.command(command['command'], command.get('modules', []))

    try:
        loop.add_reader(descriptor, read)
    except PermissionError:
        pass  # a file, or /dev/null: nobody can say anything there
