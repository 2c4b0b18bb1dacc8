"""Collects changed files until they have settled, and hands them over as one batch."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .inotify import Inotify, files_in, ignored
from .polling import Poller, is_silent

#: Seconds without a change after which a single file counts as saved.
_QUIET = 0.006
#: The same for several files: a formatter, or git, is at work and makes pauses.
_QUIET_MANY = 0.06
#: Seconds after which changes are handed over though files go on changing: something writes a log, say.
_AT_MOST = 2.0
#: A lock that git left behind when it was killed must not hold us forever.
_GIT_AT_MOST = 15.0
#: Seconds between two looks at whether the watched folders still are the same ones.
_ROOTS_EVERY = 1.0
#: Seconds that notices which were lost may be old.
_LOST = 60

#: Tells a folder from another one in its place.
_Identity = tuple[int, int] | None


def folders_below(root: str, links: set[str]) -> Iterator[str]:
    """A folder and those below it, by real path, through symbolic links, each once. Adds the paths of these links to `links`."""
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
                    if not entry.is_dir():
                        continue
                    if entry.is_symlink():
                        links.add(entry.path)
                        stack.append(os.path.realpath(entry.path))
                    else:
                        stack.append(entry.path)
        except OSError:
            continue


def _changed_since(when: float, folder: str) -> Iterator[str]:
    """What changed in a folder, and the folder, with a slash at its end, where something was deleted or moved (or created: that looks the
    same)."""
    try:
        paths = [folder, *(os.path.join(folder, name) for name in os.listdir(folder))]
    except OSError:
        return
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        # A file that was moved into place keeps the time when it was written, but not this one.
        if status.st_ctime <= when:
            continue
        if path == folder:
            yield os.path.join(folder, '')
        elif stat.S_ISREG(status.st_mode):
            yield path


def _identity(folder: str) -> _Identity:
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None


def _overlap(one: str, other: str) -> bool:
    return os.path.join(one, '').startswith(os.path.join(other, '')) or os.path.join(other, '').startswith(os.path.join(one, ''))


@dataclass
class _Root:
    """A folder as it was when its watches were made."""

    path: str
    real: str
    identity: _Identity


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
        self._noticed: list[_Root] = []
        self._roots_again: asyncio.Task[None] | None = None
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
                self._roots_again = asyncio.ensure_future(self._look_at_roots())
            found = _Root(root, os.path.realpath(root), _identity(root))
            self._inotify.add(root)
            self._noticed.append(found)
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
            if not complete:
                self._report_lost([folder for root in self._noticed for folder in self._inotify.add(root.path)])
        except OSError as error:
            self._fall_back(error)

    def _report_lost(self, folders: list[str]) -> None:
        since = time.time() - _LOST
        for folder in dict.fromkeys(folders):
            for path in _changed_since(since, folder):
                self._changed(path)

    def _fall_back(self, error: OSError) -> None:
        """There are no more watches for a new folder: from now on everything is looked at."""
        assert self._inotify is not None
        asyncio.get_running_loop().remove_reader(self._inotify.descriptor)
        self._inotify.close()
        self._inotify = None
        noticed, self._noticed = self._noticed, []
        for root in noticed:
            self._poll(root.path, f'Linux does not tell of changes ({error})')
        self._how = 'poll'
        # What the first look takes for the state of before may have changed just now.
        self._report_lost([folder for root in noticed for folder in folders_below(root.path, set())])

    async def _look_at_roots(self) -> None:
        """A folder tells of what is in it, but not that it was moved away itself, or replaced, as a change of branches does."""
        while self._inotify is not None:
            await asyncio.sleep(_ROOTS_EVERY)
            try:
                self._renew_roots()
            except OSError as error:
                self._fall_back(error)

    def _renew_roots(self) -> None:
        if self._inotify is None:
            return
        # Outer folders first: with them, those inside are renewed.
        for root in sorted(self._noticed, key=lambda root: len(root.real)):
            now = _identity(root.path)
            if now == root.identity and (now is None or self._inotify.watches(root.real)):
                continue
            if root.real == root.path and self._inotify.watches(os.path.dirname(root.real)):
                root.identity = now  # the folder around it has told of it
            else:
                self._renew(root, now)

    def _renew(self, root: _Root, now: _Identity) -> None:
        assert self._inotify is not None
        gone, root.real, root.identity = root.real, os.path.realpath(root.path), now
        self._inotify.forget(gone)
        if now is not None:
            # Others may have watched the same folders, by another way.
            for other in self._noticed:
                if other is not root and _overlap(other.real, gone):
                    self._inotify.add(other.path)
            added = self._inotify.add(root.path)
            if not added:
                return  # it may not be read
            for path in files_in(added):
                self._changed(path)
        for folder in {gone, root.real}:
            self._changed(os.path.join(folder, ''))

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
        started = unlocked = time.monotonic()
        while True:
            now = time.monotonic()
            quiet = _QUIET if len(self._pending) == 1 else _QUIET_MANY
            rest = min(self._last + quiet, unlocked + _AT_MOST) - now
            if rest > 0:
                await asyncio.sleep(rest)
            elif now - started < _GIT_AT_MOST and any(map(os.path.exists, self._locks)):
                unlocked = now
                await asyncio.sleep(0.02)
            else:
                break
        paths = set(self._pending)
        self._pending.clear()
        self._arrived.clear()
        return paths
