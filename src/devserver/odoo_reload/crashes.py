"""A server that dies again and again is left alone: five times in a minute."""

from __future__ import annotations

import signal
import time
from collections import deque

_MANY = 5
_WITHIN = 60.0


class Crashes:
    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_MANY)

    def loop(self) -> bool:
        """Notes one more. True where it was one too many."""
        self._times.append(time.monotonic())
        return len(self._times) == _MANY and self._times[-1] - self._times[0] < _WITHIN


def described(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f'exit code {code}'
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f'signal {-code}'
