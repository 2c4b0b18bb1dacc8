"""An exception as one message for people, at the place in their files where it can be mended."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable

from .channel import Message

#: Odoo names the data file in its message: `while parsing file:/…/views.xml:12, somewhere inside`.
_IN_DATA = re.compile(r'(?:file:)?(/[^\s:,"]+\.(?:xml|csv)):(\d+)')


class MissingDatabase(Exception):
    """PostgreSQL answers, and has no database of that name."""


def describe(error: BaseException, roots: Iterable[str]) -> Message:
    """`message`, and `file`, `line`, `column` (from 1) where they are known. `database` says that PostgreSQL was out of reach,
    `missing_database` that it answers and lacks the database."""
    message = f'{type(error).__name__}: {error}'.strip().rstrip(':')
    missing = isinstance(error, MissingDatabase)
    found: Message = {'message': message, 'database': not missing and _is_unreachable(error), 'missing_database': missing}
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
        # Known by name: psycopg2 is only there where Odoo is.
        if type(seen).__module__.startswith('psycopg2'):
            state = getattr(seen, 'pgcode', None)
            if state is not None:  # 57P: PostgreSQL stops or starts; 08: the connection broke
                return bool(state.startswith(('57P', '08')))
            if type(seen).__name__ in ('OperationalError', 'InterfaceError'):  # there was no connection, or there is none any more
                return True
        seen = seen.__cause__ or seen.__context__
    return False
