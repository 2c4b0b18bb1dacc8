"""Modules loaded as the server loads addons, so that tests can change them while they run."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', '..', 'src', 'devserver'))

from odoo_reload import functions, patching, sources  # noqa: E402

Refused = patching.Refused
_numbers = itertools.count()


class Running:
    """Some modules, and the baseline of their start."""

    def __init__(self, folder: str, texts: tuple[str, ...]) -> None:
        self.names = [f'reload_case_{next(_numbers)}' for _ in texts]
        self.paths = [os.path.join(folder, f'{name}.py') for name in self.names]
        self._write(texts)
        sources.record([folder])
        self.modules = [importlib.import_module(name) for name in self.names]
        functions._indexed = False  # each test is a start of its own
        self.before = patching.baseline()
        self.forgot = False

    def _write(self, texts: tuple[str | bytes, ...]) -> None:
        for path, text in zip(self.paths, texts):
            with open(path, 'wb') as file:
                file.write(text if isinstance(text, bytes) else text.encode())

    @classmethod
    def of_package(cls, folder: str, names: list[str]) -> Running:
        """The modules of a package that is on disk already."""
        found = cls.__new__(cls)
        found.names = [f'{os.path.basename(folder)}.{name}' for name in names]
        found.paths = [os.path.join(folder, f'{name}.py') for name in names]
        sources.record([folder])
        found.modules = [importlib.import_module(name) for name in found.names]
        found.before = patching.baseline()
        found.forgot = False
        return found

    def patch_saved(self) -> int:
        """Patches what the files say now."""
        return patching.patch(self.paths, self.before, lambda: True, self._forget)

    def save(self, *texts: str | bytes) -> int:
        """Writes the files and patches them. Returns how many functions changed."""
        self._loaded = dict(sources.loaded)
        self._write(texts)
        return patching.patch(self.paths, self.before, lambda: True, self._forget)

    def _forget(self) -> None:
        self.forgot = True

    def unchanged(self) -> bool:
        return sources.loaded == self._loaded

    def call(self, name: str, *arguments: object) -> object:
        return getattr(self.modules[0], name)(*arguments)


@contextlib.contextmanager
def running(*texts: str) -> Iterator[Running]:
    plain = sources.SourceFileLoader.get_code
    with tempfile.TemporaryDirectory() as folder:
        real = os.path.realpath(folder)
        sys.path.insert(0, real)
        importlib.invalidate_caches()
        try:
            module = Running(real, texts)
            yield module
        finally:
            sys.path.remove(real)
            sources.SourceFileLoader.get_code = plain  # type: ignore[method-assign]
            sources.loaded.clear()
            sources.compiled.clear()
            for name in module.names:
                sys.modules.pop(name, None)
