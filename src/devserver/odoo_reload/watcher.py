"""Collects changed files until they have settled, and hands them over as one batch."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Iterator

from .inotify import Inotify, ignored
from .polling import Poller, is_silent

#: Seconds without a change after which a single file counts as saved.
_QUIET = 0.006
#: The same for several files: a formatter, or git, is at work and makes pauses.
_QUIET_MANY = 0.06
#: A lock that git left behind when it was killed must not hold us forever.
_GIT_AT_MOST = 15.0


def folders_below(root: str) -> Iterator[str]:
    """A folder and those below it, by real path, through symbolic links, each once."""
    seen: set[str] = set()
    stack = [os.path.realpath(root)]
    while stack:
        folder = stack.pop()
        if folder in seen:
            continue
        seen.add(folder)
        yield folder
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if ignored(entry.name):
                        continue
                    if entry.is_dir():
                        stack.append(os.path.realpath(entry.path) if entry.is_symlink() else entry.path)
        except OSError:
            continue


def _changed_since(when: float, folder: str) -> Iterator[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for path in (os.path.join(folder, name) for name in names):
        try:
            status = os.stat(path)
        except OSError:
            continue
        if status.st_mtime > when and stat.S_ISREG(status.st_mode):
            yield path


def _git_lock(folder: str) -> str | None:
    """Where git puts its lock while it changes the work tree around this folder."""
    while True:
        place = os.path.join(folder, '.git')
        if os.path.isdir(place):
            return os.path.join(place, 'index.lock')
        if os.path.isfile(place):  # a submodule or a linked work tree
            with open(place, encoding='utf-8', errors='surrogateescape') as file:
                return os.path.join(folder, file.read().partition('gitdir: ')[2].strip(), 'index.lock')
        folder, last = os.path.dirname(folder), folder
        if folder == last:
            return None


class Watcher:
    """Watches folders, by notices where they come and by looking where not."""

    def __init__(self, how: str, notice: Callable[[str], None]) -> None:
        self._how = how
        self._notice = notice
        self._pending: dict[str, None] = {}
        self._last = 0.0
        self.first = 0.0
        self._arrived = asyncio.Event()
        self._locks: set[str] = set()
        self._watched: set[str] = set()
        #: Those that Linux tells of.
        self._noticed: list[str] = []
        self._told = False
        self._inotify: Inotify | None = None
        self._poller: Poller | None = None
        self._polling: asyncio.Task[None] | None = None

    def _changed(self, path: str) -> None:
        self._last = time.monotonic()
        if not self._pending:
            self.first = self._last
        self._pending[path] = None
        self._arrived.set()

    def add(self, root: str) -> None:
        """Watches a folder from now on. Once for each."""
        if root in self._watched or not os.path.isdir(root):
            return
        self._watched.add(root)
        if (lock := _git_lock(root)) is not None:
            self._locks.add(lock)
        if self._how == 'poll' or (self._how == 'auto' and is_silent(os.path.realpath(root))):
            self._poll(root, f'{root} is on a file system that does not tell of changes')
            return
        try:
            if self._inotify is None:
                self._inotify = Inotify(self._changed, folders_below)
                asyncio.get_running_loop().add_reader(self._inotify.descriptor, self._read)
            self._inotify.add(root)
            self._noticed.append(root)
        except (OSError, AttributeError) as error:
            self._poll(root, f'Linux does not tell of changes ({error})' if isinstance(error, OSError) else 'This system has no inotify')

    def add_requirements(self, root: str) -> None:
        """Watches `requirements.txt` beside the git folder that this one is in: a parent has imported what it lists."""
        if (lock := _git_lock(root)) is not None and '.git' in lock:
            self.add_file(os.path.join(lock.partition(f'{os.sep}.git')[0], 'requirements.txt'))

    def add_file(self, path: str) -> None:
        """Watches a file that may lie outside of all folders. To be called after `add`."""
        if self._inotify is not None and self._inotify.watches(os.path.dirname(path)) or self._poller is not None and self._poller.sees(path):
            return
        if path not in self._watched:
            self._watched.add(path)
            self._look_at(path)

    def _read(self) -> None:
        assert self._inotify is not None
        try:
            complete = self._inotify.read()
        except OSError as error:  # no more watches for a new folder
            asyncio.get_running_loop().remove_reader(self._inotify.descriptor)
            for root in self._noticed:
                self._poll(root, f'Linux does not tell of changes ({error})')
            return
        if not complete:
            for root in self._noticed:
                for folder in self._inotify.add(root):
                    for path in _changed_since(time.time() - 60, folder):
                        self._changed(path)

    def _poll(self, root: str, why: str) -> None:
        if not self._told and self._how != 'poll':
            self._told = True
            self._notice(f'{why}: files are looked at every second instead.')
        self._look_at(root)

    def _look_at(self, root: str) -> None:
        if self._poller is None:
            self._poller = Poller(self._changed, folders_below)
            self._polling = asyncio.ensure_future(self._look_again())
        self._poller.add(root)

    async def _look_again(self) -> None:
        assert self._poller is not None
        pause = 0.5
        while True:
            await asyncio.sleep(pause)
            started = time.monotonic()
            self._poller.look()
            pause = max(0.5, 40 * (time.monotonic() - started))  # a fortieth of one processor at most

    async def batch(self) -> set[str]:
        """Waits for a change, then until there are no more for a moment."""
        await self._arrived.wait()
        started = time.monotonic()
        while True:
            quiet = _QUIET if len(self._pending) == 1 else _QUIET_MANY
            rest = self._last + quiet - time.monotonic()
            if rest > 0:
                await asyncio.sleep(rest)
            elif time.monotonic() - started < _GIT_AT_MOST and any(map(os.path.exists, self._locks)):
                await asyncio.sleep(0.02)
            else:
                break
        paths = set(self._pending)
        self._pending.clear()
        self._arrived.clear()
        return paths
