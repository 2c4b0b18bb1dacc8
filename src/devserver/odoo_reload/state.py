"""What modules keep between requests: a restart would forget it, so nothing is patched in place once it is not what it was.

A fingerprint is the graph of objects that the recorded modules reach, each with what it refers to. It is taken by `gc.get_referents`, so no
code of an addon runs. It goes into classes, functions and objects of the recorded modules, and into Python's own containers; an object of
another library is compared by its identity alone.
"""

from __future__ import annotations

import functools
import gc
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType

from . import sources

#: More than this is somebody's database in memory: comparing it would take longer than a fork.
_MANY = 100_000
_ATOMS = (int, float, complex, str, bytes, type(None), type(Ellipsis), CodeType, ModuleType, BuiltinFunctionType, re.Pattern, logging.Logger)
#: Where classes are whose instances keep things for whoever made them.
_HOLDERS = frozenset(
    {'builtins', 'types', 'functools', 'collections', 'weakref', '_weakref', '_weakrefset', 'threading', 'operator', 'contextvars'}
    | {'odoo.tools.lru', 'odoo.tools.misc', 'odoo.tools._vendor.odoo_collections'}
)
#: Py_TPFLAGS_HEAPTYPE.
_WRITTEN_IN_PYTHON = 1 << 9
#: What every module and class has, and nobody fills.
_ALWAYS_THERE = frozenset(
    '__name__ __doc__ __package__ __loader__ __spec__ __file__ __cached__ __builtins__ __annotations__ __path__ __module__ __qualname__ '
    '__dict__ __weakref__ __abstractmethods__ __firstlineno__ __static_attributes__ __annotations_cache__ _abc_impl'.split()
)


@dataclass
class Fingerprint:
    """Objects by id, with what they refer to, and where they were found, in words for people. Keeps all of them alive: ids stay theirs."""

    nodes: dict[object, tuple[str, object, tuple[object, ...]]] = field(default_factory=dict)
    #: Why nothing can be said.
    unknown: str | None = None


def recorded_modules() -> dict[str, ModuleType]:
    return {
        name: module
        for name, module in list(sys.modules.items())
        if (file := getattr(module, '__file__', None)) is not None and sources.real_path(file) in sources.loaded
    }


def fingerprint(shallow: Mapping[str, Mapping[str, object]] | None = None) -> Fingerprint:
    """What the recorded modules keep now. `shallow` has more names and values, of which only the identity is compared."""
    modules = recorded_modules()
    found = Fingerprint()
    stack: list[tuple[str, object]] = []
    for name, values in (shallow or {}).items():
        found.nodes[name] = (name, None, (*values.keys(), *values.values()))
    for name, module in modules.items():
        values = {key: value for key, value in list(vars(module).items()) if key not in _ALWAYS_THERE and not isinstance(value, ModuleType)}
        found.nodes[name] = (name, None, (*values.keys(), *values.values()))
        stack.extend((f'{name}.{key}', value) for key, value in values.items())
    names = frozenset(modules)
    while stack:
        place, item = stack.pop()
        if isinstance(item, _ATOMS) or id(item) in found.nodes:
            continue
        if _is_opaque(type(item)):
            found.unknown = f'nobody can look into {place}, a {type(item).__name__}'
        inner = list(_inner(item, names))
        found.nodes[id(item)] = (place, item, tuple(value for _, value in inner))
        stack.extend((f'{place}{suffix}', value) for suffix, value in inner)
        if len(found.nodes) > _MANY:
            found.unknown = 'modules keep more than can be compared'
            break
    return found


def _is_opaque(kind: type) -> bool:
    """Whether instances have a state that is no object: a counter's number, a generator's place, a random number's seed. A class that is
    written in Python keeps it in attributes."""
    if kind.__flags__ & _WRITTEN_IN_PYTHON and kind.__module__ not in ('itertools', '_random', '_thread'):
        return False
    return '__next__' in kind.__dict__ or kind.__module__ in ('itertools', '_random') or kind.__name__ == '_local'


def _inner(item: object, modules: frozenset[str]) -> Iterator[tuple[str, object]]:
    kind = type(item)
    if isinstance(item, type):
        if item.__module__ in modules:
            yield from ((f'.{key}', value) for key, value in type.__getattribute__(item, '__dict__').items() if key not in _ALWAYS_THERE)
    elif kind is FunctionType:
        yield from _kept_by(item)  # type: ignore[arg-type]
    elif isinstance(item, functools._lru_cache_wrapper):
        yield '', item.__wrapped__  # what it holds is emptied by each patch
    elif isinstance(item, dict):
        yield from (('', key) for key in dict.keys(item))
        yield from ((f'[{key!r:.40}]' if type(key) is str else '[…]', value) for key, value in dict.items(item))
        if kind is not dict:
            yield from _attributes(item)
    elif kind.__module__ in modules or kind.__module__ in _HOLDERS:
        yield from _attributes(item)


def _attributes(item: object) -> Iterator[tuple[str, object]]:
    yield from (('', value) for value in gc.get_referents(item) if value is not type(item))


def _kept_by(function: FunctionType) -> Iterator[tuple[str, object]]:
    yield from ((f'.{key}', value) for key, value in list(function.__dict__.items()))
    yield from ((f' (default {at + 1})', value) for at, value in enumerate(function.__defaults__ or ()))
    yield from ((f' (default {key})', value) for key, value in (function.__kwdefaults__ or {}).items())
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            yield f' (closure {name})', cell.cell_contents
        except ValueError:
            pass  # not assigned yet


def difference(before: Fingerprint, now: Fingerprint) -> str | None:
    """The first place that is not what it was, or cannot be known."""
    if before.unknown or now.unknown:
        return before.unknown or now.unknown
    for key, (place, _, after) in now.nodes.items():
        known = before.nodes.get(key)
        if known is not None and not _same(known[2], after):
            return f'{place} changed since the start'
    missing = next((place for key, (place, _, _) in before.nodes.items() if isinstance(key, str) and key not in now.nodes), None)
    added = next((place for key, (place, _, _) in now.nodes.items() if isinstance(key, str) and key not in before.nodes), None)
    return f'{missing or added} was loaded since the start' if missing or added else None


def _same(old: Iterable[object], new: Iterable[object]) -> bool:
    one, other = tuple(old), tuple(new)
    return len(one) == len(other) and all(a is b or (type(a) is type(b) and isinstance(a, (int, str, bytes)) and a == b) for a, b in zip(one, other))
