"""Linux's notices of changed files, for whole folders."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Callable, Iterable, Iterator

IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
IN_Q_OVERFLOW, IN_IGNORED, IN_ONLYDIR, IN_ISDIR = 0x4000, 0x8000, 0x1000000, 0x40000000
# A file counts when its writer closed it: nobody reads a half-written one. Editors that replace files move them into place.
_MASK = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ONLYDIR
_EVENT = struct.Struct('iIII')


_IGNORED = frozenset({'__pycache__', 'node_modules'})


def ignored(name: str) -> bool:
    """Whether a folder of this name has nothing that Odoo loads."""
    return name in _IGNORED or name.startswith('.')


class Inotify:
    """Raises OSError where there is none, or where the user has no more watches (ENOSPC). A folder that is gone, and a link to a folder
    that is new or gone, is told with a slash at its end."""

    def __init__(self, changed: Callable[[str], None], folders_below: Callable[[str, set[str]], Iterator[str]]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._changed = changed
        self._folders_below = folders_below
        self._folders: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        #: Links to folders. When one is gone, nothing else tells what it was.
        self._links: set[str] = set()
        self.descriptor: int = self._check(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def _check(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    def add(self, root: str) -> list[str]:
        """Watches a folder and all below it, under their real paths. Returns the folders. What vanishes meanwhile is left out."""
        added = []
        for folder in self._folders_below(root, self._links):
            try:
                watch = self._check(self._libc.inotify_add_watch(self.descriptor, os.fsencode(folder), _MASK))
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
                    continue
                raise
            self._ended(watch)  # the folder was moved here
            self._folders[watch] = folder
            self._watches[folder] = watch
            added.append(folder)
        return added

    def watches(self, folder: str) -> bool:
        return folder in self._watches

    def forget(self, root: str) -> None:
        """Watches a folder (its real path) and those below it no more."""
        inside = os.path.join(root, '')
        for watch in [watch for watch, folder in self._folders.items() if folder == root or folder.startswith(inside)]:
            self._ended(watch)
            self._libc.inotify_rm_watch(self.descriptor, watch)  # fails where the folder is gone

    def read(self) -> bool:
        """Reports what changed. False where Linux lost notices: the caller has to look by itself. Raises OSError, after all other notices,
        where a new folder cannot be watched."""
        try:
            data = os.read(self.descriptor, 1 << 18)
        except BlockingIOError:
            return True
        complete, at = True, 0
        failed: OSError | None = None
        while at < len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, at)
            name = os.fsdecode(data[at + _EVENT.size : at + _EVENT.size + length].rstrip(b'\0'))
            at += _EVENT.size + length
            if mask & IN_Q_OVERFLOW:
                complete = False
            elif mask & IN_IGNORED:
                self._ended(watch)
            elif (folder := self._folders.get(watch)) is not None:
                try:
                    self._one(os.path.join(folder, name), mask)
                except OSError as error:
                    failed = error
        if failed is not None:
            raise failed
        return complete

    def _ended(self, watch: int) -> None:
        folder = self._folders.pop(watch, '')
        if self._watches.get(folder) == watch:
            del self._watches[folder]

    def _one(self, path: str, mask: int) -> None:
        if not mask & IN_ISDIR:
            self._file(path, mask)
            return
        if ignored(os.path.basename(path)):
            return
        if mask & (IN_CREATE | IN_MOVED_TO):
            for path_of_new in files_in(self.add(path)):  # files may be in it already
                self._changed(path_of_new)
        else:
            self._changed(os.path.join(path, ''))

    def _file(self, path: str, mask: int) -> None:
        if path in self._links:  # gone, or another by now
            self._links.discard(path)
            self._changed(os.path.join(path, ''))
        if mask & (IN_CREATE | IN_MOVED_TO) and os.path.islink(path) and os.path.isdir(path) and not ignored(os.path.basename(path)):
            self._changed(os.path.join(path, ''))
            self._links.add(path)
            self.add(path)
        # A new file is told when it is closed; a new link never is opened.
        elif not mask & IN_CREATE or os.path.islink(path):
            self._changed(path)

    def close(self) -> None:
        os.close(self.descriptor)


def files_in(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                yield from [entry.path for entry in entries if entry.is_file()]
        except OSError:
            continue
