"""What changed between two versions of a file, decided from what Python compiles from their syntax trees.

A file compiles to a tree of code objects: the module's, in it those of classes and functions, in these their nested ones. Comparing
them leaves out comments, blank lines and positions by itself, and it cannot miss what a comparison of syntax trees would have to know:
decorators, defaults, annotations, base classes and class bodies are all instructions of the code around a function.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType

#: What callers and decorators can see of a function without running it.
_VISIBLE_FLAGS = (
    inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
)
_HAS_DOCSTRING = 0x4000000  # CO_HAS_DOCSTRING, Python 3.14


@dataclass
class CodeDiff:
    """Two trees of code objects, laid side by side."""

    #: Same instructions, maybe on other lines or around other nested code: (old, new).
    moved: list[tuple[CodeType, CodeType]] = field(default_factory=list)
    #: Other instructions, same place in the same surroundings: (old, new).
    changed: list[tuple[CodeType, CodeType]] = field(default_factory=list)
    #: Old code objects of `moved` that make functions of which one changed.
    around: list[CodeType] = field(default_factory=list)
    #: Old code objects inside of changed ones. They have no counterpart.
    orphans: list[CodeType] = field(default_factory=list)


def nested(code: CodeType) -> Iterator[CodeType]:
    """The code objects directly inside of one."""
    return (const for const in code.co_consts if isinstance(const, CodeType))


def walk(code: CodeType) -> Iterator[CodeType]:
    """A code object and all inside of it."""
    yield code
    for inner in nested(code):
        yield from walk(inner)


def docstring(code: CodeType) -> str | None:
    """What `def` makes the function's `__doc__`."""
    if not code.co_flags & inspect.CO_OPTIMIZED or not code.co_consts:
        return None
    if sys.version_info >= (3, 14) and not code.co_flags & _HAS_DOCSTRING:
        return None
    first = code.co_consts[0]
    return first if isinstance(first, str) else None


def signature(code: CodeType) -> tuple[object, ...]:
    """What a decorator or a caller can learn of a function before it runs. Defaults and annotations belong to the code around it."""
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return (
        code.co_name,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_varnames[:count],
        code.co_flags & _VISIBLE_FLAGS,
        docstring(code),
    )


def _same_constant(old: object, new: object) -> bool:
    if isinstance(old, CodeType) and isinstance(new, CodeType):
        return old.co_name == new.co_name  # compared in its own turn
    if type(old) is not type(new):
        return False  # 1, 1.0 and True are equal to each other
    if isinstance(old, tuple) and isinstance(new, tuple):
        return len(old) == len(new) and all(map(_same_constant, old, new))
    if isinstance(old, frozenset) and isinstance(new, frozenset):
        return {(type(item), repr(item)) for item in old} == {(type(item), repr(item)) for item in new}
    if isinstance(old, (float, complex)):
        return repr(old) == repr(new)  # -0.0 equals 0.0, and nan is not even itself
    return old == new


def _same_instructions(old: CodeType, new: CodeType) -> bool:
    return (
        signature(old) == signature(new)
        and old.co_code == new.co_code
        and old.co_flags == new.co_flags
        and old.co_names == new.co_names
        and old.co_varnames == new.co_varnames
        and old.co_freevars == new.co_freevars
        and old.co_cellvars == new.co_cellvars
        and getattr(old, 'co_exceptiontable', None) == getattr(new, 'co_exceptiontable', None)
        and _same_constant(old.co_consts, new.co_consts)
    )


def compare(old: CodeType, new: CodeType, diff: CodeDiff | None = None) -> CodeDiff:
    """Lays two versions of a code object side by side."""
    diff = diff if diff is not None else CodeDiff()
    if not _same_instructions(old, new):
        diff.changed.append((old, new))
        diff.orphans.extend(code for inner in nested(old) for code in walk(inner))
        return diff
    diff.moved.append((old, new))
    # The same instructions use the same constants by the same numbers, so nested code stands in the same order.
    changed = len(diff.changed)
    for old_inner, new_inner in zip(nested(old), nested(new), strict=True):
        compare(old_inner, new_inner, diff)
    if len(diff.changed) > changed:
        diff.around.append(old)
    return diff
