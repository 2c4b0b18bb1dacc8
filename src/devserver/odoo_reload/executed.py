"""Which functions have run: one that ran while Odoo was loading may have left its result anywhere.

Python 3.12 tells by `sys.monitoring`. Python 3.11 counts, in each code object, the first eight calls until it specialises the
instructions (`co_warmup` in CPython's `Include/cpython/code.h`); the place of that counter is looked up on a function made for it, never
assumed. Elsewhere nothing is known, and `supported()` says so.
"""

from __future__ import annotations

import ctypes
import sys
from types import CodeType, FunctionType

from .code_diff import walk

#: Keeps the code objects alive, so that an id stays theirs.
_ran: dict[int, CodeType] = {}
_TOOL = 4  # free: 0 to 2 and 5 are the debugger's, coverage's, the profiler's and the optimiser's (PEP 669)


def _warmup_offset() -> int | None:
    if sys.implementation.name != 'cpython' or sys.version_info[:2] != (3, 11):
        return None

    def fresh() -> CodeType:
        scope: dict[str, FunctionType] = {}
        exec('def probe(): return 1', scope)  # noqa: S102
        return scope['probe'].__code__

    def counters(code: CodeType) -> list[int]:
        size = CodeType.__basicsize__ // 2
        return list((ctypes.c_short * size).from_address(id(code)))

    code = fresh()
    before = counters(code)
    call = FunctionType(code, {})
    once = (call(), counters(code))[1]
    twice = (call(), counters(code))[1]
    found = [at for at, value in enumerate(before) if value < 0 and once[at] == value + 1 and twice[at] == value + 2]
    return found[0] * 2 if len(found) == 1 else None


_OFFSET = _warmup_offset()
#: The counter of code that never ran.
_NEVER = -8


def supported() -> bool:
    """Whether this interpreter can tell. Where it cannot, nothing may be patched in place."""
    return sys.version_info >= (3, 12) or _OFFSET is not None


def observe(module: CodeType) -> None:
    """Begins to look at a module's code. To be called before it runs."""
    if sys.version_info < (3, 12):
        return
    monitoring = sys.monitoring
    if monitoring.get_tool(_TOOL) is None:
        monitoring.use_tool_id(_TOOL, 'odoo-ops reload')

        def started(code: CodeType, _offset: int) -> object:
            _ran[id(code)] = code
            return monitoring.DISABLE

        monitoring.register_callback(_TOOL, monitoring.events.PY_START, started)
    for code in walk(module):
        monitoring.set_local_events(_TOOL, code, monitoring.events.PY_START)


def has_run(code: CodeType) -> bool:
    """Whether a function began to run, in this process or in the one that it was forked from."""
    if sys.version_info >= (3, 12):
        return id(code) in _ran
    assert _OFFSET is not None, 'ask supported() first'
    return ctypes.c_short.from_address(id(code) + _OFFSET).value != _NEVER
