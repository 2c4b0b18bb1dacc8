"""Where the functions of recorded files are: each object that holds one of their code objects."""

from __future__ import annotations

import functools
import gc
import sys
from types import AsyncGeneratorType, CodeType, CoroutineType, FunctionType, GeneratorType

from . import sources

Holder = FunctionType | GeneratorType | CoroutineType | AsyncGeneratorType  # type: ignore[type-arg]
_CODE_OF = {FunctionType: '__code__', GeneratorType: 'gi_code', CoroutineType: 'cr_code', AsyncGeneratorType: 'ag_code'}
_LRU_CACHE = type(functools.lru_cache(len))

#: Holders made until `index`, by the id of their code object. The list keeps the code object alive, so the id stays its own.
_index: dict[int, list[Holder]] = {}
#: `functools.lru_cache` wrappers that `gc.freeze` has put aside.
_caches: list[functools._lru_cache_wrapper[object]] = []
_indexed = False


def freeze() -> None:
    """Puts all that is there aside for good (`gc.freeze`), but remembers its caches: they may hold results of functions that change."""
    _caches.extend(item for item in gc.get_objects() if type(item) is _LRU_CACHE)
    gc.freeze()


def index() -> None:
    """Looks through the whole heap once and puts it aside, so that later looks only pass what is newer.

    To be called while no request runs: what one makes meanwhile would be in neither half."""
    global _indexed
    if _indexed:
        return
    _indexed = True
    files = {source.code.co_filename for source in sources.loaded.values()}
    for item in gc.get_objects():
        attribute = _CODE_OF.get(type(item))
        if attribute is not None:
            code = getattr(item, attribute)
            if code is not None and code.co_filename in files:
                _index.setdefault(id(code), []).append(item)
    freeze()


def holders(codes: list[CodeType]) -> dict[int, list[Holder]]:
    """Everything that can run these code objects, by the code object's id: from the index, and from the heap since."""
    index()
    wanted = {id(code) for code in codes}
    found = {key: list(_index.get(key, ())) for key in wanted}
    for item in gc.get_objects():
        attribute = _CODE_OF.get(type(item))
        if attribute is not None and (key := id(getattr(item, attribute))) in wanted:
            found[key].append(item)
    return found


def on_a_stack(codes: list[CodeType]) -> CodeType | None:
    """The first of these code objects that a thread is in the middle of."""
    wanted = {id(code): code for code in codes}
    for top in sys._current_frames().values():
        frame = top
        while frame is not None:
            if id(frame.f_code) in wanted:
                return wanted[id(frame.f_code)]
            frame = frame.f_back  # type: ignore[assignment]
    return None


def replace(old: CodeType, new: CodeType, found: list[Holder]) -> None:
    """Gives every function that has the old code the new one. Generators keep theirs: they are in the middle of it."""
    for item in found:
        if type(item) is FunctionType:
            item.__code__ = new
    if (known := _index.pop(id(old), None)) is not None:
        _index[id(new)] = [item for item in known if type(item) is FunctionType]


def forget_cached_results() -> None:
    """Empties every `functools.lru_cache` of the process, as a restart would."""
    for cache in [*_caches, *(item for item in gc.get_objects() if type(item) is _LRU_CACHE)]:
        cache.cache_clear()
