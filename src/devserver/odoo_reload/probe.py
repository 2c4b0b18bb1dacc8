"""A short-lived child that asks the database which modules it has, so that the parent itself never connects."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

from .channel import Channel, Message
from .failure import MissingDatabase
from .sources import real_path

if TYPE_CHECKING:
    from .parent import Parent


def probe(channel: Channel, parent: Parent, _message: Message) -> None:
    """Sends the installed modules in loading order: name, folder, and whether the parent should hold them."""
    from odoo.modules import db
    from odoo.modules.module_graph import ModuleGraph

    live = tuple(os.path.join(root, '') for root in parent.options.live)
    with closing(_connect(parent.options.database)) as cr:
        if not db.is_initialized(cr):
            channel.send({'type': 'modules', 'initialized': False, 'modules': []})
            return
        cr.execute("SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade', 'to remove')")
        names = [name for (name,) in cr.fetchall()]
        graph = ModuleGraph(cr, mode='load')
        graph.extend(['base'])
        graph.extend([name for name in names if name not in graph])
        not_held: set[str] = set()
        modules: list[Message] = []
        for node in graph:
            folder = os.path.realpath(node.manifest.path)
            above = {depended.name for depended in node.depends}
            # Whoever imports a module that is not held is not held either.
            # An addon may be a symbolic link in its root.
            if folder.startswith(live) or real_path(node.manifest.path).startswith(live) or node.name in parent.not_held or above & not_held:
                not_held.add(node.name)
            modules.append({'name': node.name, 'folder': folder, 'held': node.name not in not_held, 'demo': bool(getattr(node, 'demo', False))})
    channel.send({'type': 'modules', 'initialized': True, 'modules': modules})


def _connect(database: str) -> Any:
    """A cursor. Raises MissingDatabase where PostgreSQL answers and has no such database."""
    from odoo import sql_db

    try:
        return sql_db.db_connect(database).cursor()
    except Exception as error:
        # Neither a code nor a class of its own tells that the database is missing, and the text is in the server's language.
        if type(error).__name__ == 'OperationalError' and _is_missing(database):
            raise MissingDatabase(f'There is no database {database}: {error}'.strip()) from error
        raise


def _is_missing(database: str) -> bool:
    from odoo import sql_db

    try:
        with closing(sql_db.db_connect('postgres').cursor()) as cr:
            cr.execute('SELECT datname FROM pg_database WHERE datname = %s', (database,))
            return not cr.fetchall()
    except Exception:  # noqa: BLE001 - PostgreSQL is away, or does not let us look
        return False
