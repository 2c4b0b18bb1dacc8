"""The Python files of addons as this process ran them: their text, and the code objects made of it.

Python's own cache of compiled files believes a file to be unchanged when its size and its whole second of modification are. Two saves in
one second are common while developing, so files that may change are compiled from their text, once, before the fork that runs them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import NamedTuple

from . import executed


class Source(NamedTuple):
    text: bytes
    code: CodeType


#: What may run later: a fork's children find it here.
compiled: dict[str, Source] = {}
#: What this process has run since `record`, by real path.
loaded: dict[str, Source] = {}

_folders: dict[str, str] = {}
_plain_get_code = SourceFileLoader.get_code


def real_path(path: str) -> str:
    """The path without symbolic links in its folder. Changes are told, and sources kept, under that name."""
    folder, name = os.path.split(path)
    real = _folders.get(folder)
    if real is None:
        real = _folders[folder] = os.path.realpath(folder)
    return os.path.join(real, name)


def read(path: str) -> Source:
    """The file as it is now. Compiles it where its text is another than last time.

    Raises SyntaxError (also for bytes that are not in the file's encoding), OSError."""
    with open(path, 'rb') as file:
        text = file.read()
    known = compiled.get(path)
    if known is not None and known.text == text:
        return known
    try:
        code = compile(text, path, 'exec', dont_inherit=True)
    except ValueError as error:  # a null byte, before Python 3.12
        raise SyntaxError(str(error), (path, 1, 1, None)) from error
    source = Source(text, code)
    executed.observe(code)
    compiled[path] = source
    return source


def prepare(paths: Iterable[str]) -> None:
    """Compiles files before a fork. A broken one is left to the child, which can say where it is imported from."""
    for path in paths:
        try:
            read(path)
        except (OSError, SyntaxError):
            compiled.pop(path, None)


def record(roots: Iterable[str]) -> None:
    """From now on, imports of files below these folders are taken from their text and remembered."""
    prefixes = tuple(os.path.join(os.path.realpath(root), '') for root in roots)

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = real_path(self.path)
        if not path.startswith(prefixes):
            return _plain_get_code(self, fullname)
        source = loaded[path] = read(path)
        return source.code

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]
