"""An exception as one message for people, at the place in their files where it can be mended."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable

from .channel import Message

#: Odoo names the data file in its message: `while parsing file:/…/views.xml:12, somewhere inside`.
_IN_DATA = re.compile(r'(?:file:)?(/[^\s:,"]+\.(?:xml|csv)):(\d+)')


def describe(error: BaseException, roots: Iterable[str]) -> Message:
    """`message`, and `file`, `line`, `column` (from 1) where they are known. `database` says that PostgreSQL was out of reach."""
    message = f'{type(error).__name__}: {error}'.strip().rstrip(':')
    found: Message = {'message': message, 'database': _is_unreachable(error)}
    if isinstance(error, SyntaxError) and error.filename:
        return {**found, 'message': f'{type(error).__name__}: {error.msg}', 'file': error.filename, 'line': error.lineno or 1, 'column': max(error.offset or 1, 1)}
    if in_data := _IN_DATA.search(message):
        return {**found, 'file': in_data[1], 'line': int(in_data[2])}
    prefixes = tuple(f'{root}/' for root in roots)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(prefixes)]
    if frames:
        return {**found, 'file': frames[-1].filename, 'line': frames[-1].lineno or 1}
    return found


def _is_unreachable(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        # Known by name: psycopg2 is only there where Odoo is. The server's answers have an SQLSTATE, a lost connection has none.
        state = getattr(seen, 'pgcode', None)
        if type(seen).__module__.startswith('psycopg2') and type(seen).__name__ in ('OperationalError', 'InterfaceError', 'AdminShutdown', 'CannotConnectNow'):
            return 'does not exist' not in str(seen) and 'authentication failed' not in str(seen) and (state is None or state.startswith(('57P', '08')))
        seen = seen.__cause__ or seen.__context__
    return False
