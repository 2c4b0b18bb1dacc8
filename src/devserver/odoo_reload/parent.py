"""The parent: holds Odoo and the addons that seldom change, imported, and forks what runs on top of them.

It keeps one thread and no database connection, since a fork copies neither. It ignores signals: it lives as long as its channel.
"""

from __future__ import annotations

import _thread
import contextlib
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import assets, functions, inject, lifeline, probe, schema, server, sources, update  # noqa: F401 - what children need is imported once
from .channel import Channel, Closed, Message, pair
from .failure import describe
from .options import Options


def main(options: Options) -> int:
    """Runs until the supervisor closes the channel."""
    assert options.channel_fd is not None and options.listen_fd is not None
    lifeline.die_with(os.getppid())
    channel = Channel(socket.socket(fileno=options.channel_fd))
    listening = socket.socket(fileno=options.listen_fd)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    wakeup, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    parent = Parent(options, channel, listening)
    try:
        parent.load_odoo()
        channel.send({'type': 'loaded', 'watch': parent.watched()})
        while True:
            readable, _, _ = select.select([channel.fileno(), wakeup], [], [])
            if wakeup in readable:
                os.read(wakeup, 512)
                parent.reap()
            if channel.fileno() in readable:
                for message in channel.receive():
                    parent.obey(message)
    except Closed:
        return 0
    except Exception as error:  # noqa: BLE001 - whatever an import raises is told, not lost
        channel.send({'type': 'broken', **describe(error, parent.roots())})
        return 1


class Parent:
    """What a fork starts from."""

    def __init__(self, options: Options, channel: Channel, listening: socket.socket) -> None:
        self.options = options
        self.channel = channel
        self.listening = listening
        self.children: set[int] = set()
        self.not_held = set(options.not_held)

    def load_odoo(self) -> None:
        """As `odoo/cli/server.py` starts, without its creation of a database that does not exist."""
        os.environ['TZ'] = 'UTC'  # odoo/_monkeypatches
        sys.path.insert(0, self.options.home)
        sys.argv = ['odoo-bin', *self.options.arguments]
        import odoo.release

        if odoo.release.version_info[0] < 19:
            raise RuntimeError(f'This is Odoo {odoo.release.version}, and the fast reloader needs 19: use `--reloader odoo`.')
        from odoo.cli import server as command
        from odoo.tools import config

        config.parse_config(self.options.arguments, setup_logging=True)
        command.check_postgres_user()
        command.report_configuration()
        import odoo.http  # noqa: F401
        from odoo.modules.module import initialize_sys_path
        from odoo.service.server import load_server_wide_modules

        initialize_sys_path()
        load_server_wide_modules()

    def roots(self) -> list[str]:
        """The folders on the addons path; before Odoo has read it, those that we were told of."""
        addons = sys.modules.get('odoo.addons')
        return [os.path.realpath(folder) for folder in addons.__path__] if addons else self.options.live

    def _linked(self) -> list[str]:
        """Where addons are that are symbolic links on the addons path."""
        found = []
        for root in self.roots():
            with contextlib.suppress(OSError), os.scandir(root) as entries:
                found += [os.path.realpath(entry.path) for entry in entries if entry.is_symlink() and entry.is_dir()]
        return found

    def watched(self) -> Message:
        """The folders whose changes matter, for the supervisor's watcher."""
        from odoo.tools import config

        import odoo

        return {
            'core': os.path.realpath(os.path.dirname(odoo.release.__file__)),
            'addons': self.roots(),
            'files': [os.path.realpath(config['config'])] if os.path.isfile(config['config']) else [],
        }

    def obey(self, message: Message) -> None:
        kind = message.pop('type')
        if kind == 'hold':
            self.hold(message['modules'])
        elif kind == 'fork':
            sources.prepare(message['prepare'])
            self.fork(message['role'], message)
        else:
            raise ValueError(kind)

    def hold(self, modules: list[Message]) -> None:
        """Imports addons, in the order in which Odoo would. One that starts a thread, or connects, must not be held."""
        from odoo import sql_db
        from odoo.tools import config
        from odoo.modules.module import load_openerp_module

        gc.disable()
        for module in modules:
            name = module['name']
            load_openerp_module(name)
            if _thread._count() > 0 or sql_db._Pool is not None and sql_db._Pool._connections:
                what = 'starts a thread' if _thread._count() > 0 else 'connects to the database'
                self.channel.send({'type': 'unholdable', 'module': name, 'reason': f'{what} when it is imported'})
                return
        if 'odoo.addons.web' in sys.modules:  # without it there are no pages
            assets.install(Path(config['data_dir']) / 'odoo_ops' / 'assets', self.options.live)
        gc.enable()
        functions.freeze()  # its pages stay shared with the children, and their collections pass over it
        imported = [module.__file__ for name, module in sys.modules.items() if name.count('.') == 2 and name.startswith('odoo.addons.')]
        self.channel.send({'type': 'held', 'folders': [os.path.realpath(os.path.dirname(file)) for file in imported if file]})

    def fork(self, role: str, message: Message) -> None:
        """Starts a child; the supervisor gets its end of the child's channel."""
        ours, theirs = pair()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                ours.close()
                self.channel.close()
                self._become(role, theirs, message, parent)
                status = 0
            except Closed:
                pass
            except BaseException as error:  # noqa: BLE001 - the child must never return into the parent's loop
                self._tell(theirs, error)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        theirs.close()
        self.children.add(pid)
        self.channel.send({'type': 'forked', 'pid': pid}, ours.fileno())
        ours.close()

    def _become(self, role: str, channel: Channel, message: Message, parent: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        lifeline.die_with(parent)
        sources.record([*self.roots(), *self._linked()])
        run: dict[str, Callable[..., Any]] = {'serve': server.serve, 'probe': probe.probe, 'update': update.update}
        run[role](channel, self, message)

    def _tell(self, channel: Channel, error: BaseException) -> None:
        try:
            channel.send({'type': 'failed', **describe(error, self.roots())})
        except Closed:
            pass

    def reap(self) -> None:
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.children.discard(pid)
            self.channel.send({'type': 'exited', 'pid': pid, 'code': os.waitstatus_to_exitcode(status)})
