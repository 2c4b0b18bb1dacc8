"""Looking at files again and again, for file systems that send no notices of changes (networks, some containers)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

#: By path, what tells one state from the next. That of a link to a folder is which folder it is; its path has a slash at the end.
_State = dict[str, tuple[int, int]]

#: Types of file systems whose notices do not come, or not for changes made on the other side.
_SILENT = ('nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', '9p', 'vboxsf', 'virtiofs', 'prl_fs', 'vmhgfs')


def is_silent(path: str) -> bool:
    """Whether a folder lies on a file system that does not tell of changes."""
    kind, longest = '', -1
    try:
        with open('/proc/self/mounts', encoding='utf-8', errors='surrogateescape') as mounts:
            for line in mounts:
                _, point, type_, *_ = line.split(' ')
                point = point.replace('\\040', ' ')
                if len(point) > longest and (path == point or path.startswith(point.rstrip('/') + '/')):
                    kind, longest = type_, len(point)
    except OSError:
        return False
    return kind in _SILENT or kind.startswith('fuse')


class Poller:
    def __init__(self, changed: Callable[[str], None], folders_below: Callable[[str, set[str]], Iterator[str]]) -> None:
        self._changed = changed
        self._folders_below = folders_below
        self._roots: list[str] = []
        self._seen: dict[str, _State] = {}

    def add(self, root: str) -> None:
        self._roots.append(root)
        self._seen[root] = self._look(root)

    def _look(self, root: str) -> _State:
        found: _State = {}
        if os.path.isfile(root):
            status = os.stat(root)
            return {root: (status.st_mtime_ns, status.st_size)}
        links: set[str] = set()
        for folder in self._folders_below(root, links):
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.is_file():
                            status = entry.stat()
                            found[entry.path] = (status.st_mtime_ns, status.st_size)
            except OSError:
                continue
        for link in links:
            try:
                status = os.stat(link)
            except OSError:
                continue
            found[os.path.join(link, '')] = (status.st_dev, status.st_ino)
        return found

    def sees(self, path: str) -> bool:
        return any(path in found for found in self._seen.values())

    def look(self) -> None:
        """Reports what differs from the last look."""
        for root in self._roots:
            before, now = self._seen[root], self._look(root)
            self._seen[root] = now
            for path in before.keys() | now.keys():
                if before.get(path) != now.get(path):
                    self._changed(path)
