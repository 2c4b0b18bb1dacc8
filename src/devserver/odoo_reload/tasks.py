"""Work beside the main line. What goes wrong there is seen in the log, and stops nothing."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Coroutine


class Tasks:
    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            report(error)

    def cancel(self) -> None:
        for task in list(self._running):
            task.cancel()


def report(error: BaseException) -> None:
    traceback.print_exception(error, file=sys.stderr)
