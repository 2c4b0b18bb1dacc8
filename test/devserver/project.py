"""A folder with the stand-in for Odoo, addons and a database, for one test."""

from __future__ import annotations

import json
import os
import shutil

_HERE = os.path.dirname(os.path.abspath(__file__))


class Project:
    """`live` has the addons that are worked on, `vendor` those that the parent holds."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        self.home = os.path.join(self.folder, 'home')
        self.live = os.path.join(self.folder, 'live')
        self.vendor = os.path.join(self.folder, 'vendor')
        self.database_file = os.path.join(self.folder, 'database.json')
        shutil.copytree(os.path.join(_HERE, 'standin', 'odoo'), os.path.join(self.home, 'odoo'), ignore=shutil.ignore_patterns('__pycache__'))
        os.mkdir(self.live)
        os.mkdir(self.vendor)
        self.database(installed=['base'])

    def addon(self, name: str, main: str, root: str | None = None, install: bool = True, manifest: dict[str, object] | None = None) -> str:
        """Writes an addon with one module, `main.py`, which this returns the path of."""
        folder = os.path.join(root or self.live, name)
        self.save(os.path.join(folder, '__manifest__.py'), repr({'name': name, **(manifest or {})}))
        self.save(os.path.join(folder, '__init__.py'), 'from . import main\n')
        if install:
            self.database(installed=[*self.read_database()['installed'], name])
        return self.save(os.path.join(folder, 'main.py'), main)

    def save(self, path: str, text: str) -> str:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def read_database(self) -> dict[str, object]:
        if not os.path.exists(self.database_file):
            return {}
        with open(self.database_file, encoding='utf-8') as file:
            return json.load(file)

    def database(self, **changes: object) -> None:
        """What `standin/odoo/database.py` reads."""
        known = self.read_database()
        with open(f'{self.database_file}.test', 'w', encoding='utf-8') as file:
            json.dump({**known, **changes}, file)
        os.replace(f'{self.database_file}.test', self.database_file)


def page(answer: str, path: str = '/page', before: str = '') -> str:
    """The text of a module with one route. `answer` is an expression."""
    return f"from odoo import http\n{before}\n\n@http.route('{path}')\ndef answer(**params):\n    return {answer}\n"
