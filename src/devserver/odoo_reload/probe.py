"""A short-lived child that asks the database which modules it has, so that the parent itself never connects."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .channel import Channel, Message
from .sources import real_path

if TYPE_CHECKING:
    from .parent import Parent


def probe(channel: Channel, parent: Parent, _message: Message) -> None:
    """Sends the installed modules in loading order: name, folder, and whether the parent should hold them."""
    from contextlib import closing

    from odoo import sql_db
    from odoo.modules import db
    from odoo.modules.module_graph import ModuleGraph

    live = tuple(os.path.join(root, '') for root in parent.options.live)
    with closing(sql_db.db_connect(parent.options.database).cursor()) as cr:
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
