"""Makes a parent that holds what it may."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from importlib.util import cache_from_source

from .events import Events
from .generation import Exited, Generation, Handlers, Unholdable
from .options import Options
from .watcher import Watcher


class Loader:
    def __init__(
        self,
        options: Options,
        listening: socket.socket,
        events: Events,
        watcher: Watcher,
        exited: Exited,
        handlers: Handlers,
    ) -> None:
        self._options = options
        self._listening = listening
        self._events = events
        self._watcher = watcher
        self._exited = exited
        self._handlers = handlers
        #: Addons that no parent holds from now on: they are being worked on, or do what a parent must not do.
        self.not_held: set[str] = set()

    async def load(self, prepare: Callable[[Generation], Awaitable[None]]) -> Generation:
        """`prepare` makes the database ready, before the addons are imported. A parent that meets an addon that it must not hold is
        thrown away. Raises Failed."""
        while True:
            generation = Generation(self._options, self._listening, self.not_held, self._exited, self._handlers)
            try:
                await generation.start()
                await prepare(generation)
                self.watch(generation)
                await generation.hold()
                return generation
            except Unholdable as found:
                self._events.emit('notice', level='warning', message=f'The addon {found}. It is imported at each reload instead.')
                self.not_held.add(found.module)
                await generation.close()
            except BaseException:
                await generation.close()
                raise

    def watch(self, generation: Generation) -> None:
        for root in {*self._options.live, *(module['folder'] for module in generation.modules)}:
            self._watcher.add(root)
        for root in self._options.live:
            self._watcher.add_requirements(root)
        for path in generation.watch['files']:
            self._watcher.add_file(path)


def forget_compiled(paths: list[str]) -> None:
    """Python's cache takes two saves within a second for one."""
    for path in paths:
        if path.endswith('.py'):
            try:
                os.unlink(cache_from_source(path))
            except (OSError, NotImplementedError):
                pass
