"""What the supervisor was started with, and what it hands on to the parents that it starts."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field


@dataclass
class Options:
    home: str
    database: str
    interface: str
    port: int
    live: list[str] = field(default_factory=list)
    init: list[str] = field(default_factory=list)
    update: list[str] = field(default_factory=list)
    auto_update: bool = False
    debug: bool = False
    watch: str = 'auto'
    events_fd: int = 1
    commands_fd: int | None = None
    #: For `odoo.tools.config`.
    arguments: list[str] = field(default_factory=list)
    #: Set for a parent only: the ends of its socket pair and of the listening socket, and the addons that it must not hold.
    channel_fd: int | None = None
    listen_fd: int | None = None
    not_held: list[str] = field(default_factory=list)


def _names(text: str) -> list[str]:
    return [name for name in text.split(',') if name]


def parse(arguments: list[str]) -> Options:
    """Exits with 2 and a line on stderr where something is missing."""
    own, odoo = (arguments[: arguments.index('--')], arguments[arguments.index('--') + 1 :]) if '--' in arguments else (arguments, [])
    parser = argparse.ArgumentParser(prog='odoo_reload', description='Run Odoo for development and reload it when its code changes.')
    parser.add_argument('--home', required=True, help="folder of the package `odoo`: Odoo's source tree")
    parser.add_argument('--database', required=True, help='must exist')
    parser.add_argument('--interface', default='127.0.0.1')
    parser.add_argument('--port', type=int, default=8069)
    parser.add_argument('--live', action='append', default=[], metavar='FOLDER', help='addons that are being worked on: the parent does not hold them')
    parser.add_argument('--init', type=_names, default=[], metavar='MODULES', help='install first')
    parser.add_argument('--update', type=_names, default=[], metavar='MODULES', help='update first')
    parser.add_argument('--auto-update', action='store_true', help='update modules whose data or fields changed, without asking')
    parser.add_argument('--debug', action='store_true', help='let debugpy listen in each server')
    parser.add_argument('--watch', choices=['auto', 'inotify', 'poll'], default='auto', help='how changes are noticed')
    parser.add_argument('--events-fd', type=int, default=1, help='where events go, as JSON lines')
    parser.add_argument('--commands-fd', type=int, help='where commands come from, as JSON lines')
    parser.add_argument('--channel-fd', type=int, help=argparse.SUPPRESS)
    parser.add_argument('--listen-fd', type=int, help=argparse.SUPPRESS)
    parser.add_argument('--not-held', type=_names, default=[], help=argparse.SUPPRESS)
    found = Options(**vars(parser.parse_args(own)), arguments=odoo)
    found.live = [os.path.realpath(root) for root in found.live]
    return found


def parent_command(options: Options, channel_fd: int, listen_fd: int, not_held: list[str]) -> list[str]:
    """How a parent is started: this package again, by the same Python."""
    return [
        sys.executable,
        os.path.dirname(os.path.abspath(__file__)),
        f'--home={options.home}',
        f'--database={options.database}',
        f'--interface={options.interface}',
        f'--port={options.port}',
        *(f'--live={root}' for root in options.live),
        f'--channel-fd={channel_fd}',
        f'--listen-fd={listen_fd}',
        f'--not-held={",".join(not_held)}',
        '--',
        *options.arguments,
    ]
