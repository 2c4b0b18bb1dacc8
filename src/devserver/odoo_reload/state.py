"""What a module keeps between requests: a restart would forget it, so code that may have filled it is not patched in place.

A fingerprint holds the objects themselves and compares them by identity, and containers by their length and items. It looks at the
globals of recorded modules, at their classes and instances, and at what their functions keep in defaults, attributes and closures.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType

from . import sources

#: A place, in words for people, with what is there.
Fingerprint = dict[str, tuple[object, ...]]

_CONTAINERS = (dict, list, set, deque, bytearray)
#: A container with more is compared by its length alone: a table of countries, not a cache.
_MANY = 10_000
#: They remember whether a level is enabled, which is nobody's state.
_UNINTERESTING = (logging.Logger, ModuleType, staticmethod, classmethod, property)


def _contents(value: object) -> tuple[object, ...]:
    if not isinstance(value, _CONTAINERS):
        return (value,)
    size = len(value)
    if size > _MANY:
        return (value, size)
    if isinstance(value, dict):
        return (value, size, *value.keys(), *value.values())
    if isinstance(value, bytearray):
        return (value, bytes(value))
    return (value, size, *value)


class _Look:
    def __init__(self, modules: set[str]) -> None:
        self.modules = modules
        self.places: Fingerprint = {}
        self.seen: set[int] = set()

    def into(self, place: str, value: object, depth: int = 3) -> None:
        self.places[place] = _contents(value)
        if id(value) in self.seen or depth == 0 or isinstance(value, _UNINTERESTING):
            return
        self.seen.add(id(value))
        for name, inner in self._parts(value):
            self.into(f'{place}.{name}', inner, depth - 1)

    def _parts(self, value: object) -> Iterator[tuple[str, object]]:
        if isinstance(value, type):
            if value.__module__ in self.modules:
                yield from self._attributes(vars(value))
        elif isinstance(value, FunctionType):
            if value.__module__ in self.modules:
                yield from _kept_by(value)
        elif isinstance(value, dict) and len(value) <= _MANY:
            yield from ((str(key)[:40], inner) for key, inner in list(value.items()) if isinstance(inner, _CONTAINERS))
        elif isinstance(value, (list, deque)) and len(value) <= _MANY:
            yield from ((str(at), inner) for at, inner in enumerate(list(value)) if isinstance(inner, _CONTAINERS))
        elif type(value).__module__ in self.modules and hasattr(value, '__dict__'):
            yield from self._attributes(vars(value))

    def _attributes(self, attributes: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        for name, inner in list(attributes.items()):
            if not name.startswith('__') and not name.startswith('_abc_'):
                yield name, inner


def _kept_by(function: FunctionType) -> Iterator[tuple[str, object]]:
    for name, inner in list(vars(function).items()):
        if name != '__wrapped__':
            yield name, inner
    wrapped = getattr(function, '__wrapped__', None)
    if isinstance(wrapped, FunctionType):
        yield '__wrapped__', wrapped
    for at, default in enumerate((*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())):
        if isinstance(default, _CONTAINERS):
            yield f'default {at + 1}', default
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            yield f'closure {name}', cell.cell_contents
        except ValueError:
            pass  # not assigned yet


def fingerprint() -> Fingerprint:
    """What the recorded files' modules keep now."""
    modules = {
        name: module
        for name, module in list(sys.modules.items())
        if (file := getattr(module, '__file__', None)) is not None and sources.real_path(file) in sources.loaded
    }
    look = _Look(set(modules))
    for name, module in modules.items():
        for attribute, value in list(vars(module).items()):
            # Imported modules are looked at in their own turn.
            if not attribute.startswith('__') and not isinstance(value, ModuleType):
                look.into(f'{name}.{attribute}', value)
    return look.places


def difference(before: Fingerprint, now: Fingerprint) -> str | None:
    """The first place that is not what it was."""
    for place in before.keys() | now.keys():
        old, new = before.get(place), now.get(place)
        if old is None or new is None or len(old) != len(new) or any(a is not b and not _equal(a, b) for a, b in zip(old, new)):
            return place
    return None


def _equal(old: object, new: object) -> bool:
    """Lengths and texts are made anew at each look; everything else is the same object or another one."""
    return type(old) is type(new) and isinstance(old, (int, str, bytes)) and old == new
