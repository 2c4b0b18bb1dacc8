"""What each changed file is to the running Odoo."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from xml.etree import ElementTree

from .channel import Message
from .data_files import BROKEN, manifest_needs_update, manifest_of, xml_needs_update

_STYLES = ('.css', '.scss', '.sass', '.less')
#: What an update reads into the database.
_DATA = ('.xml', '.csv', '.sql')
#: Python in these folders of a held addon is taken not to be loaded: nobody can be asked without a new parent.
_NOT_LOADED = ('tests', 'migrations', 'upgrades', 'static')


@dataclass
class Changes:
    """A batch of changed files, sorted. Real paths; a folder that is gone, or another one now, has a slash at its end."""

    python: list[str] = field(default_factory=list)
    #: Manifests, and whatever else only a fresh child reads.
    fresh: list[str] = field(default_factory=list)
    #: What the parent holds.
    held: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    #: Module, file, reason: this file makes an update necessary, or not any more (reason None).
    data: list[tuple[str, str, str | None]] = field(default_factory=list)
    broken: list[Message] = field(default_factory=list)

    def code(self) -> list[str]:
        return [*self.python, *self.fresh, *self.held]

    def files(self) -> list[str]:
        """Those that a fresh server is for."""
        return sorted({*self.code(), *(path for _, path, _ in self.data)})


def _read(path: str) -> bytes | None:
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError:
        return None


class Project:
    """The modules of the database and their files, as of their last update."""

    def __init__(self) -> None:
        self._modules: dict[str, Message] = {}
        self._held: set[str] = set()
        self._core = ''
        self._files: set[str] = set()
        self._roots: set[str] = set()
        self._baseline: dict[str, bytes | None] = {}

    def learn(self, watch: Message, modules: list[Message], held: set[str]) -> None:
        self._core = os.path.join(watch['core'], '')
        self._files = set(watch['files'])
        self._roots = set(watch['addons'])
        self._held = held
        # Server-wide addons are held, whether the database has them or not.
        self._modules = {folder: {'name': os.path.basename(folder), 'folder': folder, 'held': True, 'demo': False} for folder in held}
        self._modules.update({module['folder']: module for module in modules})
        for module in modules:
            if not module['held']:
                self._remember(module)

    def snapshot(self, names: list[str]) -> dict[str, bytes | None]:
        """What the files of these modules are now ('all': of every one). To be taken before an update reads them."""
        modules = [module for module in self._modules.values() if module['name'] in names or 'all' in names]
        return {path: _read(path) for module in modules for path in self._sources(module)}

    def updated(self, snapshot: dict[str, bytes | None]) -> None:
        """This has reached the database."""
        self._baseline.update(snapshot)

    def _sources(self, module: Message) -> list[str]:
        return [os.path.join(module['folder'], '__manifest__.py'), *self.data_files(module)]

    def _remember(self, module: Message) -> None:
        for path in self._sources(module):
            if path not in self._baseline:
                self._baseline[path] = _read(path)

    def data_files(self, module: Message) -> list[str]:
        """What its manifest names. None where the manifest does not parse: that is told when it changes."""
        try:
            manifest = manifest_of(_read(os.path.join(module['folder'], '__manifest__.py')) or b'')
        except (SyntaxError, ValueError):
            return []
        names = [*manifest.get('data', []), *(manifest.get('demo', []) if module['demo'] else [])]
        return [os.path.join(module['folder'], name) for name in names]

    def module_of(self, path: str) -> Message | None:
        folder = path.rstrip(os.sep)
        while folder not in self._modules:
            folder, last = os.path.dirname(folder), folder
            if folder == last:
                return None
            if folder in self._roots and os.path.isfile(os.path.join(last, '__manifest__.py')):
                # Not installed when the parent started, but maybe since then, in the browser.
                return {'name': os.path.basename(last), 'folder': last, 'held': False, 'demo': False, 'unknown': True}
        return self._modules[folder]

    def sort(self, paths: set[str]) -> Changes:
        changes = Changes()
        for path in sorted(paths):
            self._one(path, changes)
        return changes

    def _one(self, path: str, changes: Changes) -> None:
        name, extension = os.path.basename(path.rstrip(os.sep)), os.path.splitext(path)[1]
        if path in self._files or name == 'requirements.txt':
            changes.held.append(path)
            return
        if name.startswith('.') or name.endswith('~'):
            return
        module = self.module_of(path)
        if path.endswith(os.sep) and (module is None or 'unknown' in module):
            self._folder(path, changes)
            return
        if module is None:
            if extension == '.py' and path.startswith(self._core):
                changes.held.append(path)
            return
        inside = os.path.relpath(path, module['folder']).split(os.sep)
        if inside[0] == 'static':
            (changes.styles if extension in _STYLES else changes.assets).append(path)
        elif name == '__manifest__.py' and 'unknown' not in module:
            self._manifest(module, path, changes)
        elif extension == '.py':
            if module['folder'] not in self._held:
                changes.python.append(path)  # the server says whether it is loaded
            elif inside[0] not in _NOT_LOADED:
                changes.held.append(path)
        elif 'unknown' in module:
            pass  # what an update would do is its installation
        elif extension in _DATA:
            self._data(module, path, changes)
        elif extension == '.po':
            changes.fresh.append(path)
            changes.data.append((module['name'], path, f'translations in {"/".join(inside)}'))
        elif path.endswith(os.sep):
            if module['folder'] not in self._held:
                changes.fresh.append(path)
            elif inside[0] not in _NOT_LOADED:
                changes.held.append(path)

    def _folder(self, path: str, changes: Changes) -> None:
        """One that is in no known module: a folder of modules, or where one is found by way of a link."""
        below = {folder for folder in self._modules if folder.startswith(path)}
        if path.startswith(self._core) or below & self._held or self._is_new_addon(path):
            changes.held.append(path)
        elif below or os.path.dirname(path.rstrip(os.sep)) in self._roots:
            changes.fresh.append(path)

    def _is_new_addon(self, path: str) -> bool:
        """Whether it is a link to an addon elsewhere: only a new parent takes up where that is."""
        real = os.path.realpath(path)
        return real != path.rstrip(os.sep) and real not in self._modules and os.path.isfile(os.path.join(real, '__manifest__.py'))

    def _manifest(self, module: Message, path: str, changes: Changes) -> None:
        try:
            needs = manifest_needs_update(self._baseline.get(path), _read(path))
        except (SyntaxError, ValueError) as error:
            message, line, column = (error.msg, error.lineno, error.offset) if isinstance(error, SyntaxError) else (str(error), 1, 1)
            found = {'message': f'The manifest does not parse: {message}', 'file': path, 'line': line or 1, 'column': max(column or 1, 1)}
            changes.broken.append(found)
            return
        (changes.held if module['folder'] in self._held else changes.fresh).append(path)
        changes.data.append((module['name'], path, 'the manifest changed' if needs and os.path.exists(path) else None))

    def _data(self, module: Message, path: str, changes: Changes) -> None:
        if path not in self.data_files(module):
            return
        name = os.path.relpath(path, module['folder'])
        before, now = self._baseline.get(path), _read(path)
        try:
            needs = xml_needs_update(before, now) if path.endswith('.xml') else before != now
        except BROKEN as error:
            line, column = error.position if isinstance(error, ElementTree.ParseError) else (1, 0)
            changes.broken.append({'message': f'The XML does not parse: {error}', 'file': path, 'line': line, 'column': column + 1})
            return
        changes.data.append((module['name'], path, f'data in {name}' if needs else None))
        if path.endswith('.xml'):
            changes.views.append(path)
