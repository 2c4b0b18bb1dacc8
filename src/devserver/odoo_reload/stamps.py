"""Keeps what was made of a file for as long as the file stays as it was."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Stamp = tuple[int, int]

#: By what was made, the file's address and its place.
_made: dict[tuple[str, str, str], tuple[Stamp, Any]] = {}


def stamp(filename: str) -> Stamp:
    """Tells one state of a file from the next."""
    status = os.stat(filename)
    return status.st_mtime_ns, status.st_size


def made(asset: Any, kind: str, make: Callable[[Any], Any]) -> Any:
    """What `make` makes of the asset's file, made once for each state of the file."""
    if asset.inline or not asset._filename:
        return make(asset)
    try:
        now = stamp(asset._filename)
    except OSError:
        return make(asset)
    key = (kind, asset.url, asset._filename)
    before, result = _made.get(key, (None, None))
    if before != now:
        result = make(asset)
        _made[key] = (now, result)
    return result


def keep(path: Path, data: bytes) -> None:
    """Writes a file that others may read, or write, at the same time: they find all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)  # somebody may have emptied the folder around it
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent)
    try:
        with open(descriptor, 'wb') as file:
            file.write(data)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise
