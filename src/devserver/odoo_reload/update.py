"""A child that installs or updates modules and ends: `-i` and `-u`. The server waits meanwhile."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from .channel import Channel, Message

if TYPE_CHECKING:
    from .parent import Parent


class _Errors(logging.Handler):
    """Odoo reports some failures of an update only in its log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _sorted(database: str, install: list[str], upgrade: list[str]) -> tuple[list[str], list[str]]:
    """Odoo passes over `-u` of a module that is not installed. Whoever asks for its update wants it installed."""
    from contextlib import closing

    from odoo import sql_db
    from odoo.modules import db

    with closing(sql_db.db_connect(database).cursor()) as cr:
        if not db.is_initialized(cr):
            return [*install, *(name for name in upgrade if name != 'all')], []
        cr.execute("SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade')")
        known = {name for (name,) in cr.fetchall()} | {'all'}
    return [*install, *(name for name in upgrade if name not in known)], [name for name in upgrade if name in known]


def update(channel: Channel, parent: Parent, message: Message) -> None:
    """Sends `updated`, with the modules that Odoo could not bring to where they should be. Raises what the update raises."""
    from odoo.modules.registry import Registry

    errors = _Errors()
    logging.getLogger('odoo').addHandler(errors)
    threading.current_thread().dbname = parent.options.database  # type: ignore[attr-defined]
    install, upgrade = _sorted(parent.options.database, message['install'], message['upgrade'])
    registry = Registry.new(parent.options.database, update_module=True, install_modules=install, upgrade_modules=upgrade)
    with registry.cursor() as cr:
        names = [name for name in {*install, *upgrade} if name != 'all']
        cr.execute('SELECT name FROM ir_module_module WHERE name = ANY(%s) AND state = %s', (names, 'installed'))
        missing = sorted(set(names) - {name for (name,) in cr.fetchall()})
    if missing:
        raise RuntimeError(f'These modules are not installed now: {", ".join(missing)}. {" ".join(errors.messages[:1])}'.strip())
    channel.send({'type': 'updated', 'errors': errors.messages})
