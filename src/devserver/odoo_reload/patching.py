"""Puts changed functions into the running process, where the outcome is that of a restart; else says why not.

The rule: a function may be replaced when nothing that lives in this process can be a result of its old body, and everything that refers
to it can be found. Results of a function are in the process when it ran while Odoo was loading (`executed`), when modules changed what
they keep (`state`), or when a frame, a generator or an inner function of it is alive. Caches that Odoo filled since are emptied.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType

from . import executed, functions, sources, state
from .code_diff import CodeDiff, compare, signature, walk


class Refused(Exception):
    """This change needs a fresh process. The message says why, for people."""


Look = Callable[[], Mapping[str, Mapping[str, object]]]


@dataclass
class Baseline:
    """This process at the moment when Odoo was loaded and had answered nothing yet."""

    #: Ids of code objects that `sources.loaded` keeps alive.
    ran: set[int]
    fingerprint: state.Fingerprint
    shallow: Look = dict
    #: The same for code whose predecessor ran later: equal instructions on other lines are another code object.
    ran_later: set[int] = field(default_factory=set)


def baseline(shallow: Look = dict) -> Baseline:
    """To be taken once, before the first request. `shallow` gives what else is looked at (`state.fingerprint`)."""
    ran = {id(code) for source in sources.loaded.values() for code in walk(source.code) if executed.has_run(code)}
    return Baseline(ran, state.fingerprint(shallow()), shallow)


def _require_replaceable(old: CodeType, new: CodeType, before: Baseline) -> None:
    name = getattr(old, 'co_qualname', old.co_name)  # Python 3.11
    if id(old) in before.ran or not old.co_flags & inspect.CO_OPTIMIZED:
        place = 'module code' if old.co_name == '<module>' else f'{name}, which ran while Odoo was loading,'
        raise Refused(f'{place} changed')
    if signature(old) != signature(new):
        raise Refused(f'the signature, kind or docstring of {name} changed')
    if old.co_freevars != new.co_freevars:
        raise Refused(f'{name} uses other variables of the code around it, or super(), than before')


def _require_no_trace(diff: CodeDiff, found: dict[int, list[functions.Holder]]) -> None:
    # Code around a changed function goes on making the old one, if it is in the middle.
    begun = [old for old, _ in diff.changed] + diff.around
    busy = functions.on_a_stack(begun + diff.orphans)
    if busy is not None:
        raise Refused(f'{busy.co_name} is running')
    for old in begun:
        if any(type(item) is not FunctionType for item in found[id(old)]):
            raise Refused(f'a generator of {old.co_name} is running')
    for orphan in diff.orphans:
        if found[id(orphan)]:
            raise Refused(f'{orphan.co_name} was made by a function that changed')


def patch(paths: Iterable[str], before: Baseline, quiet: Callable[[], bool], forget_caches: Callable[[], None]) -> int:
    """Makes this process run the files' present text. Returns how many functions behave differently now: all, or none of the files.

    `quiet` waits until no request runs, if that is soon: one that has begun could still leave a result of the old code behind. It is
    asked last, so that nothing waits for a change that is refused anyway.
    `forget_caches` is called when a replaced function had run, and so may have left results in Odoo's caches.
    Raises Refused, SyntaxError, OSError; nothing is changed then."""
    fresh: dict[str, sources.Source] = {}
    diff = CodeDiff()
    for path in paths:
        old = sources.loaded[path]
        new = sources.read(path)
        if new is not old:
            fresh[path] = new
            compare(old.code, new.code, diff)
    if not fresh:
        return 0
    if not executed.supported() and diff.changed:
        raise Refused('this Python cannot tell which functions ran while Odoo was loading')
    for pair in diff.changed:
        _require_replaceable(*pair, before)
    if not quiet():
        raise Refused('a request is running')
    # Also for a comment: a restart would forget it, and whoever saves expects one.
    if (place := state.difference(before.fingerprint, state.fingerprint(before.shallow()))) is not None:
        raise Refused(place)
    found = functions.holders([old for old, _ in (*diff.moved, *diff.changed)] + diff.orphans)
    _require_no_trace(diff, found)
    left_results = any(_ran(old, before) for old, _ in diff.changed)
    for old_code, new_code in (*diff.moved, *diff.changed):
        functions.replace(old_code, new_code, found[id(old_code)])
    _carry_over(diff, before)
    sources.loaded.update(fresh)
    for path in fresh:
        linecache.checkcache(path)
    if left_results:
        functions.forget_cached_results()
        forget_caches()
    return len(diff.changed)


def _ran(code: CodeType, before: Baseline) -> bool:
    return executed.has_run(code) or id(code) in before.ran_later


def _carry_over(diff: CodeDiff, before: Baseline) -> None:
    """What is known of a code object holds for the one with the same instructions that takes its place."""
    replaced = {id(old) for old, _ in (*diff.moved, *diff.changed)} | {id(orphan) for orphan in diff.orphans}
    before.ran = before.ran - replaced | {id(new) for old, new in diff.moved if id(old) in before.ran}
    before.ran_later = before.ran_later - replaced | {id(new) for old, new in diff.moved if _ran(old, before)}
