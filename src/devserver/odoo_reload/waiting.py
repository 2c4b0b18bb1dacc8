"""PostgreSQL is out of reach: that is told once, and looked at again after a second, then less and less often."""

from __future__ import annotations

import asyncio

from .events import Events

#: Seconds.
_FIRST, _LAST = 1.0, 5.0


class Waiting:
    def __init__(self, events: Events, wake: asyncio.Event) -> None:
        self._events = events
        self._wake = wake
        self._told: str | None = None
        self._pause = _FIRST

    def tell(self, message: str) -> None:
        if message != self._told:
            self._told = message
            self._events.emit('waiting', **{'for': 'postgresql'}, message=message)

    async def moment(self) -> None:
        """Until it is time to look again, or something else is to be done."""
        pause, self._pause = self._pause, min(self._pause * 1.5, _LAST)
        try:
            await asyncio.wait_for(self._wake.wait(), pause)
        except asyncio.TimeoutError:
            pass

    def over(self) -> None:
        self._told, self._pause = None, _FIRST
